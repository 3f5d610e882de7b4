using System.Net;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Server;

/// <summary>What the server listens on, announces and puts up with. Times are in milliseconds where the name says so.</summary>
public sealed record ServerOptions
{
    /// <summary>Where to listen for plain AMQP.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new IPEndPoint(IPAddress.Loopback, 5672)];

    /// <summary>server-properties' <c>product</c>: clients choose their behaviour by it.</summary>
    public string AnnounceProduct { get; init; } = "RabbitMQ";

    /// <summary>server-properties' <c>version</c>, numeric and dotted: clients compare it.</summary>
    public string AnnounceVersion { get; init; } = "3.13.7";

    /// <summary>server-properties' <c>cluster_name</c>.</summary>
    public string ClusterName { get; init; } = $"amqpbroker@{Environment.MachineName}";

    /// <summary>Users who may log in from this machine only: the one whose password everybody knows.</summary>
    public IReadOnlyList<string> LoopbackUsers { get; init; } = ["guest"];

    /// <summary>The channel_max of tune: RabbitMQ's.</summary>
    public ushort ChannelMax { get; init; } = 2047;

    /// <summary>The frame_max of tune in bytes: RabbitMQ's.</summary>
    public uint FrameMax { get; init; } = 131072;

    /// <summary>The heartbeat of tune in seconds: RabbitMQ's. 0 proposes none.</summary>
    public ushort HeartbeatSeconds { get; init; } = 60;

    /// <summary>The longest message body in bytes: what is larger closes its channel before it is read.</summary>
    public long MaxMessageBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Connections at a time: each costs a file descriptor and some kilobytes when idle.</summary>
    public int MaxConnections { get; init; } = 65536;

    /// <summary>
    /// Bytes of contents that a connection has begun and not finished, over all its channels: eight messages of the largest
    /// size by default, so that a client which opens many channels and finishes nothing stays bounded.
    /// </summary>
    public long MaxUnfinishedContentBytes { get; init; } = 8 * 16 * 1024 * 1024;

    /// <summary>The memory that the process may use: beyond it, connections that publish are not read.</summary>
    public MemoryLimit MemoryLimit { get; init; } = MemoryLimit.Default;

    /// <summary>
    /// The bytes that must be free where the data directory is: below it, connections that publish are not read. RabbitMQ's
    /// value, enough for all that may still be written when publishers have stopped.
    /// </summary>
    public long DiskFreeLimitBytes { get; init; } = 50_000_000;

    /// <summary>From accept to connection.open: longer only holds what strangers cost. RabbitMQ's value.</summary>
    public int HandshakeTimeoutMs { get; init; } = 10_000;

    /// <summary>How long a refused client is kept waiting, so that it reads why and cannot try passwords fast. RabbitMQ's value.</summary>
    public int RefusalDelayMs { get; init; } = 3_000;

    /// <summary>How long close-ok, and the sending of the last frames, may take before the socket is dropped.</summary>
    public int CloseTimeoutMs { get; init; } = 10_000;

    /// <summary>How long the shutdown waits for clients to answer connection.close.</summary>
    public int ShutdownTimeoutMs { get; init; } = 5_000;

    /// <summary>Connections that the kernel accepts ahead of us: a storm of reconnects after a restart comes at once.</summary>
    public int ListenBacklog { get; init; } = 4096;
}
