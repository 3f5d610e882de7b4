using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Model;

/// <summary>A connection. Fields of RabbitMQ's whose figures are not kept here are left out.</summary>
internal sealed record ConnectionJson(string Name, string User, string Vhost, string AuthMechanism, string Node)
{
    public string Type { get; } = "network";

    public string Protocol { get; } = "AMQP 0-9-1";

    public bool Ssl { get; init; }

    public required string State { get; init; }

    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? PeerHost { get; init; }

    public int? PeerPort { get; init; }

    public required int Channels { get; init; }

    public required int ChannelMax { get; init; }

    public required uint FrameMax { get; init; }

    public required int Timeout { get; init; }

    public required long ConnectedAt { get; init; }

    public required PlainTable ClientProperties { get; init; }

    /// <summary>The name that the client gave the connection.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UserProvidedName { get; init; }

    public string UserWhoPerformedAction => User;

    public string? SslProtocol { get; init; }

    public string? SslKeyExchange { get; init; }

    public string? SslCipher { get; init; }

    public string? SslHash { get; init; }

    public string? PeerCertSubject { get; init; }

    public string? PeerCertIssuer { get; init; }

    public string? PeerCertValidity { get; init; }

    public long RecvCnt { get; init; }

    public long RecvOct { get; init; }

    public RateJson RecvOctDetails { get; init; } = RateJson.Zero;

    public long SendCnt { get; init; }

    public long SendOct { get; init; }

    public RateJson SendOctDetails { get; init; } = RateJson.Zero;

    /// <summary>What waits in the process to be sent goes out at once, or holds up what comes: nothing waits that is worth a number.</summary>
    public int SendPend { get; }

    public static ConnectionJson From(ConnectionInfo connection, string node, Statistics statistics)
    {
        ConnectionJson json = From(connection, node);
        (long received, RateJson receivedRate) = statistics.Data(connection.Traffic, TrafficFigures.ReceivedBytes);
        (long sent, RateJson sentRate) = statistics.Data(connection.Traffic, TrafficFigures.SentBytes);
        return json with
        {
            RecvOct = received,
            RecvOctDetails = receivedRate,
            RecvCnt = connection.Traffic?.Value(TrafficFigures.ReceivedCount) ?? 0,
            SendOct = sent,
            SendOctDetails = sentRate,
            SendCnt = connection.Traffic?.Value(TrafficFigures.SentCount) ?? 0,
        };
    }

    private static ConnectionJson From(ConnectionInfo connection, string node) => new(
        connection.Name, connection.User, connection.VirtualHost, connection.AuthMechanism, node)
    {
        State = connection.State,
        Host = connection.Local?.Address.ToString(),
        Port = connection.Local?.Port,
        PeerHost = connection.Peer?.Address.ToString(),
        PeerPort = connection.Peer?.Port,
        Channels = connection.Channels,
        ChannelMax = connection.ChannelMax,
        FrameMax = connection.FrameMax,
        Timeout = connection.HeartbeatSeconds,
        ConnectedAt = connection.ConnectedAt.ToUnixTimeMilliseconds(),
        ClientProperties = connection.ClientProperties,
        UserProvidedName = connection.ClientProperties.Entries.FirstOrDefault(static e => e.Key == "connection_name").Value as string,
    };
}
