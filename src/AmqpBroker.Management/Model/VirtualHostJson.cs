using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A virtual host.</summary>
internal sealed record VirtualHostJson(
    string Name, long Messages, long MessagesReady, long MessagesUnacknowledged, IReadOnlyDictionary<string, string> ClusterState)
{
    public required VirtualHostMetadataJson Metadata { get; init; }

    public string Description => Metadata.Description;

    public IReadOnlyList<string> Tags => Metadata.Tags;

    public string DefaultQueueType => Metadata.DefaultQueueType;

    public bool ProtectedFromDeletion { get; init; }

    public bool Tracing { get; init; }

    public RateJson? MessagesDetails { get; init; }

    public RateJson? MessagesReadyDetails { get; init; }

    public RateJson? MessagesUnacknowledgedDetails { get; init; }

    public StatsJson? MessageStats { get; init; }

    public long RecvOct { get; init; }

    public RateJson? RecvOctDetails { get; init; }

    public long SendOct { get; init; }

    public RateJson? SendOctDetails { get; init; }

    public static VirtualHostJson From(VirtualHostView host, in QueueTotals totals, string node) => new(
        host.Name,
        totals.ReadyMessages + totals.UnackedMessages,
        totals.ReadyMessages,
        totals.UnackedMessages,
        new Dictionary<string, string> { [node] = "running" })
    {
        Metadata = new(host.Settings.Description, host.Settings.Tags, host.Settings.DefaultQueueType ?? "classic"),
        ProtectedFromDeletion = host.Settings.ProtectedFromDeletion,
        Tracing = host.Settings.Tracing,
    };
}

/// <summary>What people say of a virtual host, once more, as RabbitMQ has it.</summary>
internal sealed record VirtualHostMetadataJson(string Description, IReadOnlyList<string> Tags, string DefaultQueueType);
