using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Brokers;

/// <summary>What a broker is started with.</summary>
public sealed record BrokerOptions
{
    /// <summary>The account that is made when there is none yet.</summary>
    public string DefaultUser { get; init; } = "guest";

    /// <summary>Its password.</summary>
    public string DefaultPassword { get; init; } = "guest";

    /// <summary>The virtual host that is made when there is none yet.</summary>
    public string DefaultVirtualHost { get; init; } = "/";

    /// <summary>
    /// How much journal a restart may have to replay: beyond it a virtual host writes a checkpoint. 64 MiB replay in well under
    /// a second.
    /// </summary>
    public long CheckpointBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>What holds in every virtual host unless a queue or a consumer says otherwise.</summary>
    public VirtualHostLimits Limits { get; init; } = new();
}
