using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A virtual host.</summary>
internal sealed record VirtualHostJson(
    string Name, long Messages, long MessagesReady, long MessagesUnacknowledged, IReadOnlyDictionary<string, string> ClusterState)
{
    public string Description { get; } = "";

    public IReadOnlyList<string> Tags { get; } = [];

    public string DefaultQueueType { get; } = "classic";

    public bool Tracing { get; init; }

    public static VirtualHostJson From(VirtualHostView host, in QueueTotals totals, string node) => new(
        host.Name,
        totals.ReadyMessages + totals.UnackedMessages,
        totals.ReadyMessages,
        totals.UnackedMessages,
        new Dictionary<string, string> { [node] = "running" });
}
