namespace AmqpBroker.Core.Statistics;

/// <summary>What a meter belongs to.</summary>
internal enum MeterKind : byte
{
    /// <summary>A queue.</summary>
    Queue,

    /// <summary>An exchange.</summary>
    Exchange,

    /// <summary>A channel: what these count together is what the virtual host counts.</summary>
    Channel,
}
