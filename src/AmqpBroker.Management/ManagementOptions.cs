using System.Net;

namespace AmqpBroker.Management;

/// <summary>What the management side listens on, says of the broker, and puts up with. Times are in milliseconds where the name says so.</summary>
public sealed record ManagementOptions
{
    /// <summary>Where to listen for HTTP; nothing: there is no management side, and nothing of it is loaded.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>The name of this node in answers.</summary>
    public string NodeName { get; init; } = $"amqpbroker@{Environment.MachineName}";

    /// <summary>The name of the cluster in answers.</summary>
    public string ClusterName { get; init; } = $"amqpbroker@{Environment.MachineName}";

    /// <summary>The product in answers: tools choose their behaviour by it.</summary>
    public string ProductName { get; init; } = "RabbitMQ";

    /// <summary>The version in answers, numeric and dotted: tools compare it.</summary>
    public string ProductVersion { get; init; } = "3.13.7";

    /// <summary>Users who may log in from this machine only.</summary>
    public IReadOnlyList<string> LoopbackUsers { get; init; } = ["guest"];

    /// <summary>Connections at a time; more are dropped. Monitoring keeps a handful open.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>
    /// Requests answered at a time; the others wait. A list of 100,000 queues takes some 30 MB while it is answered: four of
    /// them stay bounded.
    /// </summary>
    public int MaxConcurrentRequests { get; init; } = 4;

    /// <summary>From a request's arrival to the end of its answer; one that waits longer for its turn gets 503.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>
    /// The longest body in bytes of a request that brings no messages or definitions. It is kept in memory while it is read,
    /// and its values take some ten times as much.
    /// </summary>
    public long MaxRequestBodyBytes { get; init; } = 64 * 1024;

    /// <summary>The longest body in bytes of one that does: RabbitMQ's limit.</summary>
    public long MaxLargeBodyBytes { get; init; } = 10_000_000;

    /// <summary>From one sample of what is counted to the next.</summary>
    public int SampleIntervalMs { get; init; } = 5_000;

    /// <summary>How long a stop waits for answers under way.</summary>
    public int ShutdownTimeoutMs { get; init; } = 2_000;
}
