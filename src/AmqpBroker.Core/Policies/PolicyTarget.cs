namespace AmqpBroker.Core.Policies;

/// <summary>What a policy is for (<c>apply-to</c>). The numbers are part of the journal's format.</summary>
public enum PolicyTarget : byte
{
    /// <summary><c>all</c>: queues and exchanges.</summary>
    All = 0,

    /// <summary><c>queues</c>: queues of every type.</summary>
    Queues = 1,

    /// <summary><c>classic_queues</c>, as in RabbitMQ 3.12 and later.</summary>
    ClassicQueues = 2,

    /// <summary><c>quorum_queues</c>, as in RabbitMQ 3.12 and later.</summary>
    QuorumQueues = 3,

    /// <summary><c>streams</c>, as in RabbitMQ 3.12 and later.</summary>
    Streams = 4,

    /// <summary><c>exchanges</c>.</summary>
    Exchanges = 5,
}
