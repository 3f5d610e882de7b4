using System.Globalization;

namespace AmqpBroker.Simulation;

/// <summary>How a queue of a run is declared. Arguments are written as the test tables write them: <c>x-max-length=I:3</c>.</summary>
internal sealed record QueueSpec(string Name, bool Durable, bool Exclusive, bool AutoDelete, string Arguments)
{
    private readonly Dictionary<string, string> _values = Arguments
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(a => a[..a.IndexOf('=', StringComparison.Ordinal)], a => a[(a.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    /// <summary>It outlives a crash: exclusive ones end with their connection.</summary>
    internal bool Survives => Durable && !Exclusive;

    internal long? Ttl => Number("x-message-ttl");

    internal long? Expires => Number("x-expires");

    internal long? MaxLength => Number("x-max-length");

    internal long? MaxBytes => Number("x-max-length-bytes");

    internal string Overflow => _values.GetValueOrDefault("x-overflow", "drop-head");

    internal int MaxPriority => Quorum ? 31 : (int)(Number("x-max-priority") ?? 0);

    /// <summary>The priority of a message that has none.</summary>
    internal int OwnPriority => Quorum ? 4 : 0;

    internal bool Quorum => _values.GetValueOrDefault("x-queue-type") == "quorum";

    internal bool TellsReturns => Quorum || _values.ContainsKey("x-delivery-limit");

    internal long? DeliveryLimit => Number("x-delivery-limit") ?? (Quorum ? 20 : null);

    internal bool SingleActive => _values.GetValueOrDefault("x-single-active-consumer") == "1";

    internal string? DeadLetterExchange => _values.GetValueOrDefault("x-dead-letter-exchange");

    internal string? DeadLetterKey => _values.GetValueOrDefault("x-dead-letter-routing-key");

    /// <summary>Several queues may dead-letter to it at once, in whatever order.</summary>
    internal bool IsGrave => Name == "grave";

    public override string ToString() =>
        $"queue {Name} {(Durable ? 'D' : '-')}{(Exclusive ? 'X' : '-')}{(AutoDelete ? 'A' : '-')} {Arguments}".TrimEnd();

    private long? Number(string name) =>
        _values.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>How an exchange of a run is declared.</summary>
internal sealed record ExchangeSpec(string Name, string Type, bool Durable, string? Alternate)
{
    internal string Arguments => Alternate is null ? "" : $"alternate-exchange=S:{Alternate}";

    public override string ToString() => $"exchange {Name} {Type} {(Durable ? 'D' : '-')} {Alternate}".TrimEnd();
}

/// <summary>A binding of a run; the arguments are a header's value, for headers exchanges.</summary>
internal sealed record BindingSpec(string Source, string Destination, bool ToExchange, string Key, string Arguments)
{
    public override string ToString() => $"bind {Source} {(ToExchange ? "exchange" : "queue")} {Destination} [{Key}] {Arguments}".TrimEnd();
}

/// <summary>What a run declares: as text it can be kept together with the steps.</summary>
internal sealed record Topology(QueueSpec[] Queues, ExchangeSpec[] Exchanges, BindingSpec[] Bindings)
{
    internal IEnumerable<string> Lines =>
        Queues.Select(q => q.ToString()).Concat(Exchanges.Select(e => e.ToString())).Concat(Bindings.Select(b => b.ToString()));

    internal static Topology Parse(IEnumerable<string> lines)
    {
        var queues = new List<QueueSpec>();
        var exchanges = new List<ExchangeSpec>();
        var bindings = new List<BindingSpec>();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "queue":
                    queues.Add(new QueueSpec(
                        words[1], words[2].Contains('D'), words[2].Contains('X'), words[2].Contains('A'), string.Join(' ', words[3..])));
                    break;
                case "exchange":
                    exchanges.Add(new ExchangeSpec(words[1], words[2], words[3] == "D", words.Length > 4 ? words[4] : null));
                    break;
                case "bind":
                    bindings.Add(new BindingSpec(words[1], words[3], words[2] == "exchange", words[4][1..^1], string.Join(' ', words[5..])));
                    break;
            }
        }

        return new Topology([.. queues], [.. exchanges], [.. bindings]);
    }
}
