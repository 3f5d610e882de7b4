namespace AmqpBroker.Storage;

/// <summary>What a batch is for.</summary>
internal enum BatchKind : ushort
{
    /// <summary>It holds records.</summary>
    Records = 0,

    /// <summary>The journal was opened here: no records, a new epoch.</summary>
    Opened = 1,

    /// <summary>The journal was closed in order: no records; everything before it is durable.</summary>
    Closed = 2,
}
