using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>The broker at a glance. Figures are left out where a request wants none.</summary>
internal sealed record OverviewJson
{
    public required string ManagementVersion { get; init; }

    public string RatesMode { get; } = "basic";

    /// <summary>How far back figures go, in seconds, as RabbitMQ says it; here ten minutes for all, and one for each thing.</summary>
    public IReadOnlyDictionary<string, int[]> SampleRetentionPolicies { get; } =
        new Dictionary<string, int[]> { ["global"] = [600], ["basic"] = [60], ["detailed"] = [60] };

    public required IReadOnlyList<ExchangeTypeJson> ExchangeTypes { get; init; }

    public required string ProductName { get; init; }

    public required string ProductVersion { get; init; }

    public required string RabbitmqVersion { get; init; }

    public required string ClusterName { get; init; }

    public IReadOnlyList<string> ClusterTags { get; } = [];

    public IReadOnlyList<string> NodeTags { get; } = [];

    /// <summary>What tools that show it find: the runtime of this broker.</summary>
    public string ErlangVersion { get; } = $".NET {Environment.Version}";

    public string ErlangFullVersion { get; } =
        $"{System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription} on {System.Runtime.InteropServices.RuntimeInformation.OSDescription}";

    public bool DisableStats { get; init; }

    public bool EnableQueueTotals { get; init; }

    public bool IsOpPolicyUpdatingEnabled { get; } = true;

    public string DefaultQueueType { get; } = "classic";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatsJson? MessageStats { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatsJson? ChurnRates { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QueueTotalsJson? QueueTotals { get; init; }

    public required ObjectTotalsJson ObjectTotals { get; init; }

    public int StatisticsDbEventQueue { get; }

    public required string Node { get; init; }

    public required IReadOnlyList<ListenerJson> Listeners { get; init; }

    public required IReadOnlyList<ContextJson> Contexts { get; init; }
}

/// <summary>A type of exchange, or a mechanism of logins.</summary>
internal sealed record ExchangeTypeJson(string Name, string Description, bool Enabled);

/// <summary>Messages of all visible queues.</summary>
internal sealed record QueueTotalsJson(long Messages, long MessagesReady, long MessagesUnacknowledged)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesReadyDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RateJson? MessagesUnacknowledgedDetails { get; init; }
}

/// <summary>How many of each there are, as far as visible.</summary>
internal sealed record ObjectTotalsJson(int Connections, int Channels, long Exchanges, long Queues, long Consumers);

/// <summary>An address that is listened on.</summary>
internal sealed record ListenerJson(string Node, string Protocol, string IpAddress, int Port)
{
    public IReadOnlyDictionary<string, bool> SocketOpts { get; } = new Dictionary<string, bool> { ["nodelay"] = true };
}

/// <summary>A place where HTTP is served.</summary>
internal sealed record ContextJson(string Node, string Ip, string Port)
{
    public string Description { get; } = "RabbitMQ Management";

    public string Path { get; } = "/";

    public IReadOnlyList<string> SslOpts { get; } = [];
}
