using System.Net;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Server;

/// <summary>An open connection as it was at one moment.</summary>
/// <param name="Name">Names it in logs and lists: "peer -> local".</param>
/// <param name="User">Who logged in.</param>
/// <param name="VirtualHost">What it was opened on.</param>
/// <param name="AuthMechanism">How its user logged in.</param>
public sealed record ConnectionInfo(string Name, string User, string VirtualHost, string AuthMechanism)
{
    /// <summary>Where the server accepted it; null when it is not known.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>Where the client is; null when it is not known.</summary>
    public IPEndPoint? Peer { get; init; }

    /// <summary>running; during an alarm blocking, and blocked once it has published; closing when its end has begun.</summary>
    public string State { get; init; } = "running";

    /// <summary>Open channels.</summary>
    public int Channels { get; init; }

    /// <summary>The negotiated channel_max.</summary>
    public int ChannelMax { get; init; }

    /// <summary>The negotiated frame_max in bytes; 0 is no limit.</summary>
    public uint FrameMax { get; init; }

    /// <summary>The negotiated heartbeat in seconds; 0 is none.</summary>
    public int HeartbeatSeconds { get; init; }

    /// <summary>When it was opened.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>What it received and sent, by <see cref="TrafficFigures"/>.</summary>
    public Reading? Traffic { get; init; }

    /// <summary>The client properties.</summary>
    public PlainTable ClientProperties { get; init; } = PlainTable.Empty;
}
