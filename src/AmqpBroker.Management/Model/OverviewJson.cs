namespace AmqpBroker.Management.Model;

/// <summary>The broker at a glance.</summary>
internal sealed record OverviewJson
{
    public required string ManagementVersion { get; init; }

    public string RatesMode { get; } = "none";

    public required IReadOnlyList<ExchangeTypeJson> ExchangeTypes { get; init; }

    public required string ProductName { get; init; }

    public required string ProductVersion { get; init; }

    public required string RabbitmqVersion { get; init; }

    public required string ClusterName { get; init; }

    /// <summary>Counts of messages are given, though no rates yet.</summary>
    public bool DisableStats { get; init; }

    public bool EnableQueueTotals { get; init; }

    public string DefaultQueueType { get; } = "classic";

    public required QueueTotalsJson QueueTotals { get; init; }

    public required ObjectTotalsJson ObjectTotals { get; init; }

    public required string Node { get; init; }

    public required IReadOnlyList<ListenerJson> Listeners { get; init; }
}

/// <summary>A type of exchange.</summary>
internal sealed record ExchangeTypeJson(string Name, string Description, bool Enabled);

/// <summary>Messages of all visible queues.</summary>
internal sealed record QueueTotalsJson(long Messages, long MessagesReady, long MessagesUnacknowledged);

/// <summary>How many of each there are, as far as visible.</summary>
internal sealed record ObjectTotalsJson(int Connections, int Channels, long Exchanges, long Queues, long Consumers);

/// <summary>An address that is listened on.</summary>
internal sealed record ListenerJson(string Node, string Protocol, string IpAddress, int Port);
