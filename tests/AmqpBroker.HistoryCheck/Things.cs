namespace AmqpBroker.HistoryCheck;

/// <summary>A queue, exchange or binding as its client describes it, and whether it is there.</summary>
internal sealed class Definition(string kind, string name, HistoryLine line)
{
    internal string Kind { get; } = kind;

    internal string Name { get; } = name;

    internal bool Durable { get; } = line.Has("durable");

    /// <summary>Milliseconds that messages live in it.</summary>
    internal long? Ttl { get; } = line.Count("ttl");

    /// <summary>What comes back more often than that dies. Queues with a limit tell the count.</summary>
    internal long? Limit { get; } = line.Count("limit");

    /// <summary>The queue that gets its dead letters.</summary>
    internal string? Dead { get; } = line.Value("dead");

    internal Fate Fate { get; } = new();

    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>A message as it was sent.</summary>
internal sealed record Message(long Id, int Line, string Channel, string[] Queues, bool Persistent, long? Ttl, string? Body)
{
    /// <summary>It was sent on a channel with confirms.</summary>
    internal bool Awaited { get; init; }

    /// <summary>It was confirmed or refused, or nobody can be told any more.</summary>
    internal bool Answered { get; set; }

    internal bool Confirmed { get; set; }
}

/// <summary>A message in the queue it was sent to, or where its deaths there have taken it.</summary>
internal sealed class Copy(Message message, int life)
{
    internal Message Message { get; } = message;

    internal Fate Fate { get; } = new();

    /// <summary>The open delivery.</summary>
    internal Delivery? Out { get; set; }

    /// <summary>The start of the broker that saw it come.</summary>
    internal int BornIn { get; } = life;

    /// <summary>The start of the broker and the number of deaths at its last delivery.</summary>
    internal (int Life, int Deaths)? Delivered { get; set; }

    /// <summary>Where its time has run out.</summary>
    internal string? ExpiredFrom { get; set; }

    public override string ToString() => $"message {Message.Id} ({(Message.Confirmed ? "confirmed" : "not confirmed")}, sent at line {Message.Line})";
}

/// <summary>A message that went to a consumer.</summary>
internal sealed record Delivery(long Number, Copy Copy, string Channel, string Queue)
{
    /// <summary>The line that settled it for a transaction that is open yet.</summary>
    internal string? Pending { get; set; }
}

/// <summary>A request that is to be answered.</summary>
internal sealed record Question(int Line, string Channel)
{
    /// <summary>The answer says that all of its channel up to this line is durable; 0 for nothing.</summary>
    internal int Promises { get; set; }
}
