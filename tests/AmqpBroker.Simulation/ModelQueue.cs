namespace AmqpBroker.Simulation;

/// <summary>How a queue of the runs is declared.</summary>
internal sealed record QueueKind(string Name, bool Durable, string Arguments = "", long? TtlMs = null, int? MaxLength = null, string? DeadLetters = null, int? RefusesAbove = null)
{
    /// <summary>The queues of every run; one that dead-letters stands before the one that it feeds.</summary>
    internal static readonly QueueKind[] All =
    [
        new("a", true),
        new("b", true),
        new("ttl", true, "x-message-ttl=I:1000 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:expired", TtlMs: 1000, DeadLetters: "expired"),
        new("max", true, "x-max-length=I:5 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dropped", MaxLength: 5, DeadLetters: "dropped"),
        new("full", true, "x-max-length=I:3 x-overflow=S:reject-publish", RefusesAbove: 3),
        new("volatile", false),
        new("expired", true),
        new("dropped", true),
    ];

    /// <summary>What each is bound to.</summary>
    internal IEnumerable<(string Exchange, string Key)> Bindings => Name switch
    {
        "a" => [("amq.fanout", ""), ("amq.direct", "x")],
        "b" => [("amq.topic", "k.#"), ("amq.direct", "x")],
        "ttl" or "volatile" => [("amq.fanout", "")],
        "max" => [("amq.topic", "k.*")],
        _ => [],
    };

    internal bool Matches(string exchange, string key) => exchange switch
    {
        "" => Name == key,
        "amq.direct" => Bindings.Contains((exchange, key)),
        "amq.topic" => Bindings.Any(b => b.Exchange == exchange) && key.StartsWith("k.", StringComparison.Ordinal)
            && (Name == "b" || key.Split('.').Length == 2),
        _ => Bindings.Any(b => b.Exchange == exchange),
    };
}

/// <summary>A message as one queue of the model holds it.</summary>
internal sealed class ModelMessage(int id, string exchange, string key, long order, bool stored, long? deadlineMs)
{
    internal const long Never = long.MaxValue;

    internal int Id { get; } = id;

    internal string Exchange { get; } = exchange;

    internal string Key { get; } = key;

    /// <summary>Its place: requeueing brings it back there.</summary>
    internal long Order { get; } = order;

    internal bool Stored { get; } = stored;

    internal long? DeadlineMs { get; } = deadlineMs;

    internal bool Ready { get; set; } = true;

    /// <summary>Came back in this life or was delivered in an earlier one: the next delivery says redelivered.</summary>
    internal bool Redelivered { get; set; }

    /// <summary>Where the journal ended when it came, was delivered first, and ended.</summary>
    internal long AddedAt { get; init; }

    internal long DeliveredAt { get; set; } = Never;

    internal long RemovedAt { get; set; } = Never;
}

/// <summary>
/// A queue as anybody would describe it: messages in order, the first ready one goes first. Ended messages are remembered
/// until their end is durable, because a crash brings them back.
/// </summary>
internal sealed class ModelQueue(QueueKind kind, long createdAt)
{
    private readonly SortedDictionary<long, ModelMessage> _messages = [];
    private readonly List<ModelMessage> _ended = [];

    internal QueueKind Kind { get; } = kind;

    internal long CreatedAt { get; } = createdAt;

    internal long DeletedAt { get; set; } = ModelMessage.Never;

    internal IEnumerable<ModelMessage> Messages => _messages.Values;

    internal IEnumerable<ModelMessage> Ready => _messages.Values.Where(m => m.Ready);

    internal void Add(ModelMessage message) => _messages.Add(message.Order, message);

    internal bool Contains(ModelMessage message) => _messages.ContainsKey(message.Order);

    internal void End(ModelMessage message, long position)
    {
        message.RemovedAt = position;
        _messages.Remove(message.Order);
        if (message.Stored)
        {
            _ended.Add(message);
        }
    }

    internal void ForgetEnded(long durableTo) => _ended.RemoveAll(m => m.RemovedAt <= durableTo);

    /// <summary>A crash: what is in the journal up to here is what there is, all of it ready.</summary>
    internal void Crash(long durableTo)
    {
        foreach (ModelMessage message in _messages.Values.Where(m => !m.Stored || m.AddedAt > durableTo).ToArray())
        {
            _messages.Remove(message.Order);
        }

        foreach (ModelMessage message in _ended.Where(m => m.RemovedAt > durableTo && m.AddedAt <= durableTo))
        {
            message.RemovedAt = ModelMessage.Never;
            _messages.Add(message.Order, message);
        }

        _ended.Clear();
        foreach (ModelMessage message in _messages.Values)
        {
            message.Ready = true;
            message.Redelivered = message.DeliveredAt <= durableTo;
            message.DeliveredAt = message.Redelivered ? message.DeliveredAt : ModelMessage.Never;
        }
    }
}
