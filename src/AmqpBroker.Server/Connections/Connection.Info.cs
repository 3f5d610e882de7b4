using System.Net;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Server.Connections;

/// <content>What management sees.</content>
internal sealed partial class Connection
{
    private string _authMechanism = "";
    private int _heartbeatSeconds;
    private DateTimeOffset _openedAt;

    /// <summary>It is open, or was and is being closed. Any thread: what it was opened with was written before its state.</summary>
    public bool WasOpened => _state >= ConnectionState.Running && _session is not null;

    /// <summary>The virtual host of an open connection; null for others. Any thread.</summary>
    public string? VirtualHostName => WasOpened ? _host!.Name.ToString() : null;

    /// <summary>Open channels. Any thread; may be a moment behind.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>What there is to know; null for a connection that was not opened. Any thread.</summary>
    public ConnectionInfo? Describe() => !WasOpened
        ? null
        : new ConnectionInfo(Name, _user!.Name.ToString(), _host!.Name.ToString(), _authMechanism)
        {
            Local = _transport.LocalEndPoint as IPEndPoint,
            Peer = _transport.RemoteEndPoint as IPEndPoint,
            State = DescribeState(),
            Channels = ChannelCount,
            ChannelMax = _channelMax,
            FrameMax = _frameMax,
            HeartbeatSeconds = _heartbeatSeconds,
            ConnectedAt = _openedAt,
            Traffic = DescribeTraffic(),
            ClientProperties = PlainTable.From(_clientProperties),
        };

    /// <summary>RabbitMQ's names. Who takes too little to be read is in flow control. During an alarm a connection that has not published yet is about to block.</summary>
    private string DescribeState() =>
        IsClosing ? "closing"
        : _blocked ? "blocked"
        : _timers.ReadingHeld ? "flow"
        : _alarms.Active != Shortages.None ? "blocking"
        : "running";
}
