using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Routes;

/// <summary>The broker at a glance, and who asks.</summary>
internal static class OverviewRoutes
{
    /// <summary>The types of exchanges that there are.</summary>
    public static IReadOnlyList<ExchangeTypeJson> AllExchangeTypes { get; } =
        [.. ExchangeTypes.All.Select(static t => t.ToString()).Select(static t => new ExchangeTypeJson(t, Describe(t), Enabled: true))];

    public static async Task OverviewAsync(ApiRequest request)
    {
        ListQuery query = ListQuery.Of(request.Http);
        QueueTotals totals = await CountAsync(request).ConfigureAwait(false);
        (int connections, int channels) = CountConnections(request);
        ManagementOptions options = request.Sources.Options;
        var overview = new OverviewJson
        {
            ManagementVersion = options.ProductVersion,
            ExchangeTypes = AllExchangeTypes,
            ProductName = options.ProductName,
            ProductVersion = options.ProductVersion,
            RabbitmqVersion = options.ProductVersion,
            ClusterName = ClusterRoutes.NameOf(request),
            DisableStats = query.DisableStats,
            EnableQueueTotals = query.EnableQueueTotals,
            QueueTotals = query.DisableStats && !query.EnableQueueTotals
                ? null
                : new(totals.ReadyMessages + totals.UnackedMessages, totals.ReadyMessages, totals.UnackedMessages),
            ObjectTotals = new(connections, channels, totals.Exchanges, totals.Queues, totals.Consumers),
            Node = options.NodeName,
            Listeners = Listeners(request),
            Contexts = Contexts(request),
        };
        if (!query.DisableStats)
        {
            overview = await WithFiguresAsync(request, overview).ConfigureAwait(false);
        }

        await Reply.ObjectAsync(request, overview, ManagementJson.Default.OverviewJson).ConfigureAwait(false);
    }

    public static Task WhoAmIAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, new WhoAmIJson(request.Account.Name, request.Account.Tags), ManagementJson.Default.WhoAmIJson);

    /// <summary>Counts what is in the virtual hosts that the account may see.</summary>
    public static async Task<QueueTotals> CountAsync(ApiRequest request)
    {
        QueueTotals totals = default;
        foreach (VirtualHostView host in request.VisibleVirtualHosts)
        {
            totals = totals.Add(await host.CountAsync(request.Cancellation).ConfigureAwait(false));
        }

        return totals;
    }

    /// <summary>Where the broker listens.</summary>
    public static IReadOnlyList<ListenerJson> Listeners(ApiRequest request)
    {
        string node = request.Sources.Options.NodeName;
        return
        [
            .. request.Sources.Server.Endpoints.Select(e => new ListenerJson(node, "amqp", e.Address.ToString(), e.Port)),
            .. request.Sources.Options.Listen.Select(e => new ListenerJson(node, "http", e.Address.ToString(), e.Port)),
        ];
    }

    /// <summary>Where HTTP is served.</summary>
    public static IReadOnlyList<ContextJson> Contexts(ApiRequest request) =>
    [
        .. request.Sources.Options.Listen.Select(e => new ContextJson(
            request.Sources.Options.NodeName, e.Address.ToString(), e.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))),
    ];

    private static string Describe(string type) => type.StartsWith("x-", StringComparison.Ordinal)
        ? $"{type} exchange"
        : $"AMQP {type} exchange, as per the AMQP specification";

    private static async Task<OverviewJson> WithFiguresAsync(ApiRequest request, OverviewJson overview)
    {
        var statistics = Statistics.Of(request.Http);
        var counted = new List<Reading>();
        var traffic = new List<Reading>();
        foreach (VirtualHostView host in request.VisibleVirtualHosts)
        {
            counted.Add(await host.ReadAsync(request.Cancellation, statistics.WantsHistory).ConfigureAwait(false));
            traffic.Add(request.Sources.Server.Traffic(host.Name));
        }

        (RateJson all, RateJson ready, RateJson unacked) = statistics.Lengths(counted);
        return overview with
        {
            MessageStats = statistics.OfTraffic(counted),
            ChurnRates = Statistics.Churn(counted, traffic),
            QueueTotals = overview.QueueTotals! with
            {
                MessagesDetails = all,
                MessagesReadyDetails = ready,
                MessagesUnacknowledgedDetails = unacked,
            },
        };
    }

    private static (int Connections, int Channels) CountConnections(ApiRequest request)
    {
        if (request.SeesAll)
        {
            return request.Sources.Server.Count();
        }

        int connections = 0;
        int channels = 0;
        foreach (ConnectionInfo connection in ConnectionRoutes.Visible(request))
        {
            connections++;
            channels += connection.Channels;
        }

        return (connections, channels);
    }
}
