using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <content>The steps that a script's flavour adds.</content>
internal sealed partial class Generator
{
    private const string QuorumQueue = "q";
    private const string UnusedQueue = "e";

    /// <summary>What comes here expires by its own expiration alone, and one after the other: RabbitMQ looks at a queue's head alone (<c>spec/errata.md</c>).</summary>
    private const string ExpiringQueue = "x";

    /// <summary>Gets an exchange's history; it has no limits, so that all of it arrives.</summary>
    private const string HistoryQueue = "h";

    /// <summary>Of a script of replies: nothing else is sent to it, and it has no limits, so that requests arrive.</summary>
    private const string RequestQueue = "requests";

    /// <summary>Far more than a step takes, as each look at the queue counts as use, even on a busy machine.</summary>
    private const int UnusedFor = 1000;

    /// <summary>Milliseconds until the end of the longest expiration has been noticed, even on a busy machine.</summary>
    private const int SurelyExpired = 200;

    private static readonly string[] s_expirations = ["0", "10", "30", "40", "600000"];

    /// <summary>Each leads to one queue alone, or to all: which one of several it is, no client can know.</summary>
    private static readonly string[] s_pluginExchanges = ["x-recent-history", "x-consistent-hash", "x-random", "x-modulus-hash"];

    private static readonly string[] s_definitions =
    [
        """{"max-length": 1}""", """{"max-length": 2}""", """{"max-length-bytes": 8}""", """{"message-ttl": 600000}""", """{"max-length": 0}""",
        """{"dead-letter-exchange": "", "dead-letter-routing-key": "{r}"}""", """{"dead-letter-exchange": "{fanout}"}""",
        """{"dead-letter-exchange": "{topic}", "dead-letter-routing-key": "a.b", "max-length": 1}""", """{"alternate-exchange": "{fanout}"}""",
        """{"alternate-exchange": "{missing}"}""", """{"queue-mode": "lazy"}""", """{"max-length": -1}""", """{"unknown": 1}""", """{"max-length": "1"}""", "{}",
    ];

    private readonly Flavour _flavour;
    private readonly string[] _exchanges;
    private readonly bool _reachesLimit;

    /// <summary>The steps that come next, before any drawn one.</summary>
    private readonly Queue<Step> _next = new();

    /// <summary>
    /// Several commands may be in one write. Left out is what a queue of RabbitMQ's then does at a time of its own: confirms, which
    /// may be overtaken by a failure, dead letters, and its end when nobody uses it any more.
    /// </summary>
    private bool SeveralAtOnce => _flavour == Flavour.Pipelined;

    private Step ConfirmIfDrawn(int ch) => SeveralAtOnce ? Steps.Qos(ch, 2) : Steps.Confirm(ch);

    /// <summary>
    /// Delivery tags count otherwise on a channel that has got replies, and it cannot look for itself (<c>spec/errata.md</c>): other
    /// channels fetch and look.
    /// </summary>
    private int Getting(int ch) => _flavour == Flavour.Replies ? ch + (ch % 2) : OffQuorum(ch);

    private static int Asking(int ch) => ch - 1 + (ch % 2);

    /// <summary>In a script with a quorum queue the first channel is for that queue alone.</summary>
    private int OffQuorum(int ch) => _flavour == Flavour.Quorum ? Math.Max(ch, 2) : ch;

    private IEnumerable<Step> MoreBeginning() => _flavour switch
    {
        Flavour.Plugins => [Steps.Bind(1, "q", "x-random", "k"), Steps.Bind(1, "r", "x-consistent-hash", "1"), Steps.Bind(1, "s", "x-modulus-hash", "k"), Steps.Bind(1, "q", "x-recent-history", "k"), Steps.Declare(1, HistoryQueue), Recall(1)],
        Flavour.Policies => [Policy()],
        Flavour.Expirations => [Steps.Declare(1, ExpiringQueue, args: [.. DeadLetters()]), Expire(1), Leave(1)],
        Flavour.Replies =>
        [
            Steps.Declare(1, RequestQueue), Steps.ConsumeReplies(1, Steps.ReplyTags[0]), Steps.ConsumeReplies(3, Steps.ReplyTags[0]),
            Ask(1), Ask(3), Steps.Answer(2, RequestQueue, Body()),
        ],
        _ => [],
    };

    private IEnumerable<(int Weight, Func<int, string, Step> Make)> MoreKinds() => _flavour switch
    {
        Flavour.Quorum when _reachesLimit =>
        [
            (10, (ch, _) => Publish(ch, "", QuorumQueue)),
            (16, (_, _) => Steps.GetAndReject(1, QuorumQueue, drop: Chance(5))),
        ],
        Flavour.Quorum =>
        [
            (10, (ch, _) => Publish(ch, "", QuorumQueue)),
            (8, (_, _) => Steps.ConsumeOneByOne(1, QuorumQueue, "one")),
            (10, (_, _) => Settle()),
        ],
        Flavour.Expirations =>
        [
            (3, (ch, _) => Steps.Declare(ch, UnusedQueue, args: [("x-expires", UnusedFor), .. DeadLetters()])),
            (3, (ch, _) => Publish(ch, "", UnusedQueue)),
            (2, (ch, _) => Leave(ch)),
            (1, (ch, _) => Steps.Consume(ch, UnusedQueue, Pick(Pools.Tags))),
            (8, (ch, _) => Publish(ch, "", Duel.ShortLived)),
            (5, (ch, _) => Expire(ch)),
        ],
        Flavour.Policies => [(9, (_, _) => Policy()), (3, (_, _) => Steps.DeletePolicy(Pick(["p1", "p2", "p3"])))],
        Flavour.Plugins =>
        [
            (6, (ch, queue) => Chance(5) ? Steps.Unbind(ch, queue, s_pluginExchanges[0], Pick(["", "k"])) : Steps.Bind(ch, queue, s_pluginExchanges[0], Pick(["", "k"]))),
            (5, (ch, _) => Bind(ch, Pick<(string, string)>([("r", "x-consistent-hash"), ("q", "x-random"), ("s", "x-modulus-hash")]))),
            (14, (ch, _) => Publish(ch, Pick(s_pluginExchanges), Pick(Pools.Keys))),
            (3, (ch, _) => Recall(ch)),
        ],
        Flavour.Replies =>
        [
            (16, (ch, _) => Ask(Asking(ch))),
            (16, (ch, _) => Steps.Answer(Getting(ch), RequestQueue, Body())),
            (5, (ch, _) => Steps.ConsumeReplies(Asking(ch), Pick(Steps.ReplyTags))),
            (2, (ch, _) => Steps.Cancel(Asking(ch), Pick(Steps.ReplyTags))),
            (12, (ch, queue) => Steps.Publish(ch, "", queue, Body(), props: new Props { ReplyTo = Steps.ReplyTo })),
            (10, (ch, _) => Steps.Get(Getting(ch), Lasting(), noAck: true)),
            (14, (ch, _) => Steps.Reply(ch, _random.Next(3), Body())),
            (2, (ch, _) => Steps.LookForReplies(Getting(ch), _random.Next(3))),
        ],
        Flavour.Pipelined => [(40, (ch, _) => Together(ch))],
        _ => [],
    };

    private Step Ask(int ch) => Steps.Ask(ch, RequestQueue, Body());

    /// <summary>Uses a queue, in one way or none, and leaves it alone for longer than it lives unused; then the duel looks whether it is there.</summary>
    private Step Leave(int ch)
    {
        string tag = Pick(Pools.Tags);
        Step[] uses = Pick<Step[]>(
        [
            [], [Publish(ch, "", UnusedQueue)], [Steps.Get(ch, UnusedQueue, noAck: true)], [Steps.Consume(ch, UnusedQueue, tag)],
            [Steps.Consume(ch, UnusedQueue, tag), Steps.Cancel(ch, tag)],
        ]);
        return Row([Steps.Declare(ch, UnusedQueue, args: [("x-expires", UnusedFor), .. DeadLetters()]), .. uses, Steps.Pass(UnusedFor + 500)]);
    }

    private Step Expire(int ch) => Steps.PublishAndPass(ch, ExpiringQueue, Body(), Pick(["0", "1", "10", "40"]), SurelyExpired);

    /// <summary>Publishes to an exchange that keeps a history, and binds a queue anew, which gets it.</summary>
    private Step Recall(int ch) => Row(
    [
        Steps.Burst(ch, s_pluginExchanges[0], "k", Body(), _random.Next(1, 5)), Steps.Unbind(ch, HistoryQueue, s_pluginExchanges[0], "k"),
        Steps.Bind(ch, HistoryQueue, s_pluginExchanges[0], "k"), Steps.Drain(HistoryQueue),
    ]);

    /// <summary>Gives the first of several steps, which the others then follow.</summary>
    private Step Row(Step[] steps)
    {
        foreach (Step step in steps[1..])
        {
            _next.Enqueue(step);
        }

        return steps[0];
    }

    private Step Bind(int ch, (string Queue, string Exchange) pair) =>
        Chance(3) ? Steps.Unbind(ch, pair.Queue, pair.Exchange, "1") : Steps.Bind(ch, pair.Queue, pair.Exchange, Chance(3) ? Pick(["x", "-1", "0", "0", ""]) : "1");

    private Step PluginExchange(int ch, string type)
    {
        (string, object?)[]? args = type switch
        {
            "x-recent-history" => Chance(8) ? [("x-recent-history-length", Pick<object?>([0, "x", -1]))] : [("x-recent-history-length", _random.Next(1, 4))],
            "x-consistent-hash" when Chance(4) => [("hash-header", "h")],
            _ => null,
        };
        return Steps.DeclareExchange(ch, type, type, autoDelete: Chance(8), args: args);
    }

    /// <summary>
    /// With a delivery limit RabbitMQ puts what comes back before what waits, as we do, if only one is unacknowledged. A consumer
    /// gets room for two when a message is over the limit (<c>spec/errata.md</c>): where one may be, there are none.
    /// </summary>
    private Step Quorum(int ch)
    {
        (string, object?)[] length = Chance(4) ? [("x-max-length", _random.Next(1, 4))] : [];
        return Steps.Declare(
            ch, QuorumQueue, durable: !Chance(12), exclusive: Chance(30), noWait: Chance(12),
            args: [("x-queue-type", "quorum"), ("x-delivery-limit", _reachesLimit ? _random.Next(1, 4) : 100), .. length, .. DeadLetters()]);
    }

    private Step Settle() => Pick([Steps.Ack(1, 0), Steps.Nack(1, 0), Steps.Nack(1, 0), Steps.Reject(1, 0), Steps.Reject(1, 0, drop: true)]);

    private Step Policy()
    {
        int number = _random.Next(1, 4);
        string pattern = Pick(["^{q}$", "^{r}$", "{s}", "^{topic}$", "^{direct}$", ".*"]);
        return Steps.Policy($"p{number}", pattern, Pick(s_definitions), number, Pick(["all", "queues", "exchanges", "queues"]));
    }

    private Step Together(int ch)
    {
        // RabbitMQ 3.10.8 fails when a consumer goes before its consume-ok has left the channel.
        string[] tags = [.. Pools.Tags];
        _random.Shuffle(tags);
        bool deletes = Chance(2); // the consumers of a queue that was deleted just before may be cancelled from either side
        Func<Step>[] kinds =
        [
            () => Steps.Publish(ch, "", Lasting(), Body()),
            () => Steps.Publish(ch, "", Lasting(), Body(), mandatory: Chance(2)),
            () => Steps.Publish(ch, Chance(10) ? "missing" : Pick(_exchanges), Pick(Pools.Keys), Body(), mandatory: Chance(4)),
            () => Steps.Get(ch, Lasting(), noAck: true),
            () => Steps.Consume(ch, Lasting(), Pick(tags[1..]), noAck: Chance(2), noWait: Chance(4)),
            () => deletes ? Steps.Get(ch, Lasting(), noAck: true) : Steps.Cancel(ch, tags[0]),
            () => Steps.Ack(ch, _random.Next(5)),
            () => Steps.Nack(ch, _random.Next(5), drop: Chance(2)),
            () => Steps.Bind(ch, Lasting(), Pick(Pools.Exchanges), Pick(Pools.Keys)),
            () => Steps.AckTag(ch, 77),
            () => deletes ? Steps.Delete(ch, Lasting(), Chance(2), Chance(2)) : Steps.Unbind(ch, Lasting(), Pick(Pools.Exchanges), Pick(Pools.Keys)),
        ];
        return Steps.Together(ch, [.. Enumerable.Range(0, _random.Next(2, 6)).Select(_ => kinds[Math.Min(_random.Next(kinds.Length), Chance(4) ? kinds.Length - 1 : kinds.Length - 3)]())]);
    }
}
