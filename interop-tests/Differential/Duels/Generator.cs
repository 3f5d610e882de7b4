using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <summary>
/// Makes a script from a seed: some exchanges and queues of every kind, then valid and invalid steps on four channels of two
/// connections, then a look at what is left. It knows nothing of what the steps will find: what they act on comes from small pools
/// of names, so that they meet. A <see cref="Flavour"/> adds steps of one kind. What differs by intent is left out
/// (<c>spec/errata.md</c>), as are malformed frames and fetching under a global prefetch.
/// </summary>
internal sealed partial class Generator
{
    private const int Length = 60;

    /// <summary>The first kinds change what is routed where: not in a transaction (<c>spec/errata.md</c>, bindings of a transaction).</summary>
    private const int RoutingKinds = 5;

    private readonly Random _random;
    private readonly bool _globalPrefetch;
    private readonly bool _transactions;
    private readonly (int Weight, Func<int, string, Step> Make)[] _kinds;
    private int _published;

    private Generator(int seed, Flavour flavour)
    {
        _random = new Random(seed);
        _flavour = flavour;
        _globalPrefetch = Chance(4) && flavour is not (Flavour.Quorum or Flavour.Pipelined);
        // In a transaction RabbitMQ sends a direct reply at once (spec/errata.md).
        _transactions = Chance(3) && flavour is not (Flavour.Quorum or Flavour.Pipelined or Flavour.Plugins or Flavour.Replies);
        _reachesLimit = flavour == Flavour.Quorum && Chance(2);
        _exchanges = flavour == Flavour.Plugins ? [.. Pools.Exchanges, .. s_pluginExchanges] : Pools.Exchanges;
        _kinds = [.. (_transactions ? Kinds().Skip(RoutingKinds) : Kinds()).Concat(MoreKinds()).Select(k => (k.Weight * Pick([0, 1, 2, 2, 2, 6]), k.Make)).Where(k => k.Item1 > 0)];
    }

    /// <summary>The script of a seed, always the same.</summary>
    public static IReadOnlyList<Step> Script(int seed, Flavour flavour = Flavour.Plain)
    {
        Generator generator = new(seed, flavour);
        return [.. generator.Beginning(), .. generator.MoreBeginning(), .. Enumerable.Range(0, Length).Select(_ => generator.Any()), .. Ending()];
    }

    private static IEnumerable<Step> Ending() => [Steps.CloseAll(), .. Pools.Queues.Select(Steps.Drain)];

    private IEnumerable<Step> Beginning()
    {
        foreach (string exchange in _exchanges)
        {
            yield return Exchange(1, exchange);
        }

        foreach (string queue in Pools.Queues)
        {
            yield return Queue(1, queue);
            yield return Bind(1, queue);
        }

        yield return Chance(2) ? Exchanges(1) : Bind(1, Pick(Pools.Queues));
        if (!Chance(3) && !SeveralAtOnce)
        {
            yield return Steps.Confirm(2);
        }

        if (_transactions)
        {
            yield return Steps.TxSelect(4);
        }
    }

    /// <summary>The kinds of steps with how often they come; a seed has favourites of its own, so that some scripts go deep.</summary>
    private (int Weight, Func<int, string, Step> Make)[] Kinds() =>
    [
        (6, Queue),
        (3, (ch, _) => Exchange(ch, Pick(_exchanges))),
        (3, Bind),
        (2, (ch, queue) => Steps.Unbind(ch, queue, Pick(Pools.Exchanges), Pick(Pools.Keys), Maybe(4, Pools.Headers))),
        (2, (ch, _) => Exchanges(ch)),
        (14, (ch, queue) => Publish(ch, "", queue)),
        (8, (ch, _) => Publish(ch, Pick(_exchanges), Pick(Pools.Keys))),
        (2, (ch, queue) => Steps.Burst(ch, "", queue, Body(), _random.Next(2, 6))),
        (12, (ch, _) => Steps.Get(Getting(ch), Lasting(), noAck: _globalPrefetch || Chance(4))),
        (9, (ch, _) => Consume(OffQuorum(ch), Lasting())),
        (4, (ch, _) => Steps.Cancel(ch, Pick(Pools.Tags))),
        (4, (ch, _) => Steps.Qos(OffQuorum(ch), _random.Next(4), _globalPrefetch && Chance(2))),
        (7, (ch, _) => Steps.Ack(ch, _random.Next(5), Chance(4))),
        (7, (ch, _) => Steps.Nack(ch, _random.Next(5), Chance(4), drop: Chance(2))),
        (3, (ch, _) => Steps.Reject(ch, _random.Next(5), drop: Chance(2))),
        (2, (ch, _) => Steps.Recover(ch, requeue: !Chance(8))),
        (1, (ch, _) => Steps.AckTag(ch, Pick<ulong>([0, 0, 77]), Chance(2))),
        (1, (ch, queue) => Steps.Passive(ch, OrLast(queue))),
        (1, (ch, queue) => Steps.Purge(ch, OrLast(queue))),
        (2, (ch, queue) => Steps.Delete(ch, OrLast(queue), Chance(3), Chance(3), Chance(4))),
        (1, (ch, _) => Steps.DeleteExchange(ch, Pick(_exchanges), Chance(2))),
        (1, (ch, _) => Steps.Declare(ch, "", exclusive: true, autoDelete: Chance(2))),
        (2, (ch, _) => Steps.Close(ch)),
        (1, (ch, _) => Chance(2) ? Steps.CloseConnection(ch) : Steps.Drop(ch)),
        (1, (ch, _) => _transactions ? Steps.TxSelect(ch) : ConfirmIfDrawn(ch)),
        (2, (ch, _) => _transactions ? (Chance(3) ? Steps.Rollback(ch) : Steps.Commit(ch)) : ConfirmIfDrawn(ch)),
    ];

    private Step Any()
    {
        if (_next.TryDequeue(out Step? next))
        {
            return next;
        }

        int at = _random.Next(_kinds.Sum(k => k.Weight));
        foreach ((int weight, Func<int, string, Step> make) in _kinds)
        {
            at -= weight;
            if (at < 0)
            {
                return make(_random.Next(1, 5), Pick(Pools.Queues));
            }
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    private string Lasting() => Pick(_flavour == Flavour.Quorum ? Pools.LastingQueues[1..] : Pools.LastingQueues);

    /// <summary>Now and then the queue last declared on the channel.</summary>
    private string OrLast(string queue) => Chance(25) ? "" : queue;

    private Step Queue(int ch, string queue)
    {
        if (_flavour == Flavour.Quorum && queue == QuorumQueue)
        {
            return Quorum(ch);
        }

        // Whether what an exclusive queue gets back at the end of its connection is dead-lettered is a race in RabbitMQ.
        bool exclusive = Chance(10);
        (string, object?)[] args = queue == Duel.ShortLived ? [("x-message-ttl", 30), .. exclusive ? [] : DeadLetters()]
            : [.. Arguments().Where(a => !exclusive || !a.Item1.StartsWith("x-dead", StringComparison.Ordinal))];
        if (args.Any(a => a.Item1 == "x-max-length-bytes"))
        {
            // Of full queues that dead-letter to each other, which messages stay is a race in RabbitMQ; it shows where they differ in length.
            args = [.. args.Where(a => !a.Item1.StartsWith("x-dead", StringComparison.Ordinal))];
        }

        return Steps.Declare(ch, queue, Chance(4), exclusive, Chance(6) && !SeveralAtOnce, Chance(10), args);
    }

    private IEnumerable<(string, object?)> Arguments()
    {
        if (Chance(12))
        {
            yield return Pick(Pools.BadArguments);
        }

        if (Chance(4))
        {
            yield return Pick<(string, object?)>([("x-max-length", 1), ("x-max-length", 2), ("x-max-length", 3L), ("x-max-length-bytes", 8), ("x-max-length", 0)]);
        }

        if (Chance(6) && _flavour != Flavour.Policies)
        {
            yield return ("x-overflow", Pick(["drop-head", "reject-publish", "reject-publish-dlx"]));
        }

        if (Chance(6))
        {
            yield return ("x-max-priority", Pick<object?>([1, 3, 10L]));
        }

        if (Chance(8))
        {
            yield return ("x-single-active-consumer", true);
        }

        if (Chance(8))
        {
            yield return ("x-message-ttl", Pick<object?>([600000, 3600000L]));
        }

        foreach ((string, object?) letter in DeadLetters())
        {
            yield return letter;
        }
    }

    private IEnumerable<(string, object?)> DeadLetters()
    {
        if (!Chance(2) || SeveralAtOnce)
        {
            yield break;
        }

        string exchange = Chance(2) ? "" : Pick([.. Pools.Exchanges, "missing"]);
        yield return ("x-dead-letter-exchange", exchange);
        if (Chance(2) || exchange.Length == 0)
        {
            yield return ("x-dead-letter-routing-key", exchange.Length == 0 ? Pick(Pools.Queues) : Pick(Pools.Keys));
        }
    }

    private Step Exchange(int ch, string exchange)
    {
        if (s_pluginExchanges.Contains(exchange))
        {
            return PluginExchange(ch, exchange);
        }

        string type = Chance(60) ? "x-unknown" : Pools.TypeOf(exchange, Chance(10) ? _random.Next(4) : 0);
        (string, object?)[]? args = Chance(4) ? [("alternate-exchange", Pick([.. Pools.Exchanges, "missing"]))] : null;
        return Steps.DeclareExchange(ch, exchange, type, Chance(6), Chance(6), Chance(12), Chance(12), Chance(12), args);
    }

    private Step Exchanges(int ch)
    {
        string from = Pick(Pools.Exchanges), to = Pick(Pools.Exchanges), key = Pick(Pools.Keys);
        (string, object?)[]? headers = Maybe(4, Pools.Headers);
        return Chance(5) ? Steps.UnbindExchange(ch, to, from, key, headers) : Steps.BindExchange(ch, to, from, key, headers);
    }

    private Step Bind(int ch, string queue) => Steps.Bind(ch, OrLast(queue), Chance(40) ? "" : Pick(Pools.Exchanges), Pick(Pools.Keys), Maybe(3, Pools.Headers));

    private Step Publish(int ch, string exchange, string key)
    {
        string[] keys = exchange.Length == 0 ? Pools.Queues : Pools.Keys;
        if (_flavour == Flavour.Expirations && exchange.Length == 0 && key == Duel.ShortLived)
        {
            return Steps.Publish(ch, exchange, key, Body(), Chance(4), props: new Props { Expiration = Pick(s_expirations), Headers = Maybe(3, Pools.Headers) });
        }

        Props props = new()
        {
            Priority = Chance(3) && _flavour != Flavour.Quorum ? (byte)_random.Next(6) : null,
            DeliveryMode = Chance(4) ? (byte)2 : null,
            Headers = Maybe(3, Pools.Headers),
            UserId = Chance(20) ? Pick(["guest", "guest", "somebody"]) : null,
            Expiration = Chance(12) ? Pick(["600000", "3600000", "x"]) : null,
        };
        return Steps.Publish(
            ch, exchange, key, Body(), Chance(4), Chance(100),
            Chance(10) ? [Pick(keys), Pick(keys)] : null,
            Chance(15) ? [Pick(keys)] : null,
            props);
    }

    private Step Consume(int ch, string queue) =>
        Steps.Consume(
            ch, queue, Pick(Pools.Tags), noAck: Chance(4), exclusive: Chance(8), noWait: Chance(8), again: Chance(20),
            args: Chance(4) ? [("x-priority", Pick<object?>([1, 2L, -1, 0]))] : null);

    private string Body() => $"m{_published++}";

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];

    private T? Maybe<T>(int oneIn, T[] values)
        where T : class => Chance(oneIn) ? Pick(values) : null;
}
