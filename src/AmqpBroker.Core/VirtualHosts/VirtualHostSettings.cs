namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What is set for a virtual host besides its name. Immutable: a change makes a new one.</summary>
public sealed record VirtualHostSettings
{
    /// <summary>Nothing set.</summary>
    public static readonly VirtualHostSettings Default = new();

    /// <summary>For people.</summary>
    public string Description { get; init; } = "";

    /// <summary>For people and tools.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The type of queues declared without <c>x-queue-type</c>; null: classic.</summary>
    public string? DefaultQueueType { get; init; }

    /// <summary>It cannot be deleted.</summary>
    public bool ProtectedFromDeletion { get; init; }

    /// <summary>Asked for by somebody who looks into it. Kept and shown; nothing is traced yet.</summary>
    public bool Tracing { get; init; }

    /// <summary>How much there may be in it.</summary>
    public VirtualHostQuota Limits { get; init; } = VirtualHostQuota.None;
}
