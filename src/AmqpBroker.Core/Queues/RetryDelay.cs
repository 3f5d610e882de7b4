namespace AmqpBroker.Core.Queues;

/// <summary>Which returns wait before they are delivered again (x-delayed-retry-type).</summary>
[Flags]
internal enum RetryDelay : byte
{
    /// <summary>None: what comes back is ready at once.</summary>
    None = 0,

    /// <summary>What a client refused for now (basic.reject), and what was out when its channel or connection ended.</summary>
    Failed = 1,

    /// <summary>What a client gave back (basic.nack, basic.recover), and what it did not settle in time.</summary>
    Returned = 2,

    /// <summary>Whatever comes back.</summary>
    All = Failed | Returned,
}
