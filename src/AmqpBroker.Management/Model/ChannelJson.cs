using System.Globalization;
using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>The connection of a channel.</summary>
internal sealed record ConnectionDetailsJson(string Name)
{
    public string PeerHost { get; } = ConnectionNames.PeerOf(Name)?.Address.ToString() ?? "undefined";

    public int PeerPort { get; } = ConnectionNames.PeerOf(Name)?.Port ?? 0;
}

/// <summary>A channel.</summary>
internal sealed record ChannelJson(string Name, int Number, string User, string Vhost, string Node)
{
    public required ConnectionDetailsJson ConnectionDetails { get; init; }

    public required string State { get; init; }

    public required bool Transactional { get; init; }

    public required bool Confirm { get; init; }

    public required int ConsumerCount { get; init; }

    public required int MessagesUnacknowledged { get; init; }

    public required long MessagesUnconfirmed { get; init; }

    public required int MessagesUncommitted { get; init; }

    public required int AcksUncommitted { get; init; }

    public required int PrefetchCount { get; init; }

    public required int GlobalPrefetchCount { get; init; }

    public string UserWhoPerformedAction => User;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdleSince { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatsJson? MessageStats { get; init; }

    /// <summary>Its consumers, where one channel is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ConsumerJson>? ConsumerDetails { get; init; }

    public static ChannelJson From(ChannelInfo channel, string node, Statistics statistics) => new(
        channel.Name, channel.Number, channel.User, channel.VirtualHost, node)
    {
        ConnectionDetails = new(channel.Connection),
        State = "running",
        Transactional = channel.Transactional,
        Confirm = channel.Confirms,
        ConsumerCount = channel.Consumers,
        MessagesUnacknowledged = channel.UnackedMessages,
        MessagesUnconfirmed = channel.UnconfirmedMessages,
        MessagesUncommitted = channel.UncommittedMessages,
        AcksUncommitted = channel.UncommittedAcks,
        PrefetchCount = channel.Prefetch,
        GlobalPrefetchCount = channel.GlobalPrefetch,
        IdleSince = channel.Reading?.IdleSince?.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture),
        MessageStats = channel.Reading is { } reading ? statistics.OfTraffic(reading) : null,
    };
}

/// <summary>The channel of a consumer.</summary>
internal sealed record ChannelDetailsJson(string Name, int Number, string User, string ConnectionName)
{
    public string PeerHost { get; } = ConnectionNames.PeerOf(ConnectionName)?.Address.ToString() ?? "undefined";

    public int PeerPort { get; } = ConnectionNames.PeerOf(ConnectionName)?.Port ?? 0;
}

/// <summary>The queue of a consumer.</summary>
internal sealed record QueueNameJson(string Name, string Vhost);

/// <summary>A consumer.</summary>
internal sealed record ConsumerJson(string ConsumerTag, PlainTable Arguments)
{
    public required bool AckRequired { get; init; }

    public required bool Active { get; init; }

    public required string ActivityStatus { get; init; }

    public required bool Exclusive { get; init; }

    public required int PrefetchCount { get; init; }

    /// <summary>How long it may leave a delivery unacknowledged, in milliseconds.</summary>
    public required long ConsumerTimeout { get; init; }

    public required QueueNameJson Queue { get; init; }

    public required ChannelDetailsJson ChannelDetails { get; init; }

    public static ConsumerJson From(ConsumerInfo consumer) => new(consumer.Tag, consumer.Arguments)
    {
        AckRequired = !consumer.AutoAck,
        Active = consumer.Active,
        ActivityStatus = consumer.Active ? consumer.SingleActive ? "single_active" : "up" : "waiting",
        Exclusive = consumer.Exclusive,
        PrefetchCount = consumer.Prefetch,
        ConsumerTimeout = consumer.TimeoutMs,
        Queue = new(consumer.Queue, consumer.VirtualHost),
        ChannelDetails = new($"{consumer.Connection} ({consumer.Channel})", consumer.Channel, consumer.User, consumer.Connection),
    };
}
