namespace AmqpBroker.Simulation;

/// <summary>
/// Draws what a run declares. Every queue but the grave is fed with dead letters by one queue at most, so that the order in
/// which several queues of one command let messages die, which nobody promises, does not show. Where messages may be in the
/// journal alone (<paramref name="cold"/>), no queue has a limit of its length, since a head that is to be dropped has to be
/// read first, and what happens meanwhile would show; and none with levels has dead letters, since a level is read after the other.
/// </summary>
internal sealed class TopologyGenerator(int seed, bool cold)
{
    /// <summary>Routing keys that publishes and bindings share.</summary>
    internal static readonly string[] Keys = ["k", "k.one", "k.one.two", "other", ""];

    private const int QueueCount = 9;

    private readonly Random _random = new(seed);
    private readonly List<ExchangeSpec> _exchanges = [];
    private readonly List<BindingSpec> _bindings = [];

    internal static string QueueName(int index) => $"q{index}";

    internal Topology Draw()
    {
        int[] feeds = [.. Enumerable.Range(0, QueueCount)];
        _random.Shuffle(feeds);
        for (int i = 0; i < QueueCount; i++)
        {
            if (Chance(25))
            {
                // It feeds itself: what is rejected goes round, and its deaths are counted.
                int other = Array.IndexOf(feeds, i);
                (feeds[i], feeds[other]) = (feeds[other], feeds[i]);
            }
        }

        var queues = new List<QueueSpec>();
        for (int i = 0; i < QueueCount; i++)
        {
            queues.Add(Queue(i, feeds[i]));
        }

        queues.Add(new QueueSpec("grave", Durable: true, Exclusive: false, AutoDelete: false, ""));
        AddExchange("fan", "fanout");
        AddExchange("dir", "direct", alternate: Chance(50) ? "fan" : null);
        AddExchange("top", "topic", alternate: Chance(50) ? "dir" : null);
        AddExchange("head", "headers", alternate: Chance(30) ? "top" : null);
        for (int i = _random.Next(4); i > 0; i--)
        {
            ExchangeSpec[] general = [.. _exchanges.Where(e => e.Name is "fan" or "dir" or "top" or "head")];
            _bindings.Add(Binding(general[_random.Next(general.Length)], general[_random.Next(general.Length)].Name, toExchange: true));
        }

        return new Topology([.. queues], [.. _exchanges], [.. _bindings.Distinct()]);
    }

    private QueueSpec Queue(int index, int feeds)
    {
        bool quorum = Chance(15);
        bool exclusive = !quorum && Chance(8);
        List<string> arguments = quorum ? ["x-queue-type=S:quorum"] : [];
        void Add(int percent, string argument)
        {
            if (Chance(percent))
            {
                arguments.Add(argument);
            }
        }

        Add(30, $"x-message-ttl=I:{Pick(0, 1, 300, 700, 1000)}");
        Add(10, $"x-expires=I:{Pick(400, 1500)}");
        Add(20, $"x-max-length=I:{Pick(0, 1, 2, 4)}");
        Add(15, $"x-max-length-bytes=I:{Pick(0, 20, 45)}");
        Add(30, $"x-overflow=S:{(quorum ? Pick("drop-head", "reject-publish") : Pick("reject-publish", "reject-publish-dlx"))}");
        if (cold)
        {
            arguments.RemoveAll(static a => a.StartsWith("x-max-length", StringComparison.Ordinal));
        }

        Add(quorum ? 0 : 25, $"x-max-priority=I:{Pick(1, 3, 255)}");
        Add(25, $"x-delivery-limit=I:{Pick(0, 1, 2)}");
        Add(15, "x-single-active-consumer=t:1");
        if (Chance(65) && !(cold && HasLevels(quorum, arguments)))
        {
            arguments.AddRange(DeadLetters(index, feeds));
        }

        return new QueueSpec(
            QueueName(index), quorum || Chance(75), exclusive, AutoDelete: !quorum && Chance(12), string.Join(' ', arguments));
    }

    private static bool HasLevels(bool quorum, List<string> arguments) =>
        quorum || arguments.Exists(static a => a.StartsWith("x-max-priority", StringComparison.Ordinal));

    /// <summary>Where a queue's dead letters go: an exchange of its own with one queue behind it, and perhaps the grave.</summary>
    private IEnumerable<string> DeadLetters(int index, int feeds)
    {
        string target = QueueName(feeds);
        if (Chance(30))
        {
            return ["x-dead-letter-exchange=S:", $"x-dead-letter-routing-key=S:{target}"];
        }

        var own = new ExchangeSpec($"d{index}", Pick("fanout", "direct", "topic"), Chance(80), Chance(30) ? "late" : null);
        if (own.Alternate is not null && !_exchanges.Exists(e => e.Name == "late"))
        {
            _exchanges.Add(new ExchangeSpec("late", "fanout", Durable: true, null));
            _bindings.Add(new BindingSpec("late", "grave", ToExchange: false, "", ""));
        }

        _exchanges.Add(own);
        for (int i = 1 + _random.Next(3); i > 0; i--)
        {
            _bindings.Add(Binding(own, Chance(75) ? target : "grave", toExchange: false));
        }

        string exchange = $"x-dead-letter-exchange=S:{(Chance(4) ? "missing" : own.Name)}";
        return Chance(35) ? [exchange, $"x-dead-letter-routing-key=S:{Pick(Keys[..4])}"] : [exchange];
    }

    private void AddExchange(string name, string type, string? alternate = null)
    {
        var exchange = new ExchangeSpec(name, type, Chance(85), alternate);
        _exchanges.Add(exchange);
        for (int i = 1 + _random.Next(4); i > 0; i--)
        {
            _bindings.Add(Binding(exchange, QueueName(_random.Next(QueueCount)), toExchange: false));
        }
    }

    private BindingSpec Binding(ExchangeSpec source, string destination, bool toExchange) => source.Type switch
    {
        "fanout" => new(source.Name, destination, toExchange, "", ""),
        "direct" => new(source.Name, destination, toExchange, Pick(Keys), ""),
        "topic" => new(source.Name, destination, toExchange, Pick("k", "#", "k.#", "*.one", "k.*.two", "*"), ""),
        _ => new(source.Name, destination, toExchange, "", Pick("h=S:1", "h=S:2", "h=V", "x-match=S:any h=S:1 g=S:1")),
    };

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
