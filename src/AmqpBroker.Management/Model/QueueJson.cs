using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A queue. Fields of RabbitMQ's whose figures are not kept here are left out.</summary>
internal sealed record QueueJson(
    string Name, string Vhost, string Type, bool Durable, bool AutoDelete, bool Exclusive, PlainTable Arguments, string Node)
{
    public string State { get; } = "running";

    public string? Policy { get; init; }

    public string? OperatorPolicy { get; init; }

    public required PlainTable EffectivePolicyDefinition { get; init; }

    public int Messages => MessagesReady + MessagesUnacknowledged + MessagesDelayed;

    public required int MessagesReady { get; init; }

    public required int MessagesUnacknowledged { get; init; }

    /// <summary>What came back and waits before it is delivered again.</summary>
    public required int MessagesDelayed { get; init; }

    public required long MessageBytesReady { get; init; }

    public required int Consumers { get; init; }

    public string? ExclusiveConsumerTag { get; init; }

    public string? SingleActiveConsumerTag { get; init; }

    /// <summary>The connection of an exclusive queue.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OwnerJson? OwnerPidDetails { get; init; }

    public static QueueJson From(QueueInfo queue, string node) => new(
        queue.Name, queue.VirtualHost, queue.Type, queue.Durable, queue.AutoDelete, queue.Exclusive, queue.Arguments, node)
    {
        Policy = queue.Policy,
        OperatorPolicy = queue.OperatorPolicy,
        EffectivePolicyDefinition = queue.EffectivePolicy,
        MessagesReady = queue.ReadyMessages,
        MessagesUnacknowledged = queue.UnackedMessages,
        MessagesDelayed = queue.DelayedMessages,
        MessageBytesReady = queue.ReadyBytes,
        Consumers = queue.Consumers,
        ExclusiveConsumerTag = queue.ExclusiveConsumerTag,
        SingleActiveConsumerTag = queue.SingleActiveConsumerTag,
        OwnerPidDetails = queue.OwnerConnection is { } owner ? new OwnerJson(owner) : null,
    };
}

/// <summary>Who owns an exclusive queue.</summary>
/// <param name="Name">The connection's name.</param>
internal sealed record OwnerJson(string Name);
