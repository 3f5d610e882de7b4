using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Model;

/// <summary>A queue. Figures are left out where a request wants none. Fields of RabbitMQ's that mean nothing here are not there.</summary>
internal sealed record QueueJson(
    string Name, string Vhost, string Type, bool Durable, bool AutoDelete, bool Exclusive, PlainTable Arguments, string Node)
{
    public string State { get; } = "running";

    /// <summary>Figures; null where a request wants none.</summary>
    [JsonIgnore]
    public QueueInfo? Figures { get; init; }

    public string? Policy { get; init; }

    public string? OperatorPolicy { get; init; }

    public required PlainTable EffectivePolicyDefinition { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Messages => MessagesReady + MessagesUnacknowledged + (MessagesDelayed ?? 0);

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesReady { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesReadyDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesUnacknowledged { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesUnacknowledgedDetails { get; init; }

    /// <summary>What came back and waits before it is delivered again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesDelayed { get; init; }

    /// <summary>Ready messages that are in memory; the others are on the disk.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesReadyRam => Figures?.WarmMessages;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesPagedOut => Figures is { } f ? f.ReadyMessages - f.WarmMessages : null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MessageBytes => Figures is { } f ? f.ReadyBytes + f.UnackedBytes : null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MessageBytesReady => Figures?.ReadyBytes;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MessageBytesUnacknowledged => Figures?.UnackedBytes;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatsJson? MessageStats { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Consumers => Figures?.Consumers;

    /// <summary>The share of consumers, by number, that could take a message now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ConsumerCapacity => Figures?.ConsumerCapacity;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ConsumerUtilisation => Figures?.ConsumerCapacity;

    public string? ExclusiveConsumerTag { get; init; }

    public string? SingleActiveConsumerTag { get; init; }

    /// <summary>Since when nothing happened; only there when nothing does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdleSince { get; init; }

    /// <summary>The connection of an exclusive queue.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OwnerJson? OwnerPidDetails { get; init; }

    /// <summary>Its consumers, where one queue is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ConsumerJson>? ConsumerDetails { get; init; }

    /// <summary>Where messages come from; not counted by pairs, so there is nothing in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StatsJson>? Incoming { get; init; }

    /// <summary>Where messages go; as above.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StatsJson>? Deliveries { get; init; }

    public static QueueJson From(QueueInfo queue, string node, ListQuery query, Statistics statistics)
    {
        var json = new QueueJson(
            queue.Name, queue.VirtualHost, queue.Type, queue.Durable, queue.AutoDelete, queue.Exclusive, queue.Arguments, node)
        {
            Policy = queue.Policy,
            OperatorPolicy = queue.OperatorPolicy,
            EffectivePolicyDefinition = queue.EffectivePolicy,
            ExclusiveConsumerTag = queue.ExclusiveConsumerTag,
            SingleActiveConsumerTag = queue.SingleActiveConsumerTag,
            OwnerPidDetails = queue.OwnerConnection is { } owner ? new OwnerJson(owner) : null,
        };
        if (!query.DisableStats || query.EnableQueueTotals)
        {
            json = json with
            {
                MessagesReady = queue.ReadyMessages,
                MessagesUnacknowledged = queue.UnackedMessages,
                MessagesDelayed = queue.DelayedMessages,
            };
        }

        if (query.DisableStats)
        {
            return json;
        }

        (RateJson all, RateJson ready, RateJson unacked) = queue.Reading is { } reading
            ? statistics.Lengths(reading)
            : (RateJson.Zero, RateJson.Zero, RateJson.Zero);
        return json with
        {
            Figures = queue,
            MessagesDetails = all,
            MessagesReadyDetails = ready,
            MessagesUnacknowledgedDetails = unacked,
            MessageStats = statistics.OfQueue(queue.Reading),
            IdleSince = queue.IdleSince?.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>Who owns an exclusive queue.</summary>
/// <param name="Name">The connection's name.</param>
internal sealed record OwnerJson(string Name)
{
    public string? PeerHost { get; } = ConnectionNames.PeerOf(Name)?.Address.ToString();

    public int? PeerPort { get; } = ConnectionNames.PeerOf(Name)?.Port;
}
