using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Routes;

/// <summary>The broker at a glance, and who asks.</summary>
internal static class OverviewRoutes
{
    private static readonly ExchangeTypeJson[] s_exchangeTypes =
        [.. ExchangeTypes.All.Select(static t => t.ToString()).Select(static t => new ExchangeTypeJson(t, Describe(t), Enabled: true))];

    private static string Describe(string type) => type.StartsWith("x-", StringComparison.Ordinal)
        ? $"{type} exchange"
        : $"AMQP {type} exchange, as per the AMQP specification";

    public static async Task OverviewAsync(ApiRequest request)
    {
        QueueTotals totals = await CountAsync(request).ConfigureAwait(false);
        (int connections, int channels) = CountConnections(request);
        ManagementOptions options = request.Sources.Options;
        var overview = new OverviewJson
        {
            ManagementVersion = options.ProductVersion,
            ExchangeTypes = s_exchangeTypes,
            ProductName = options.ProductName,
            ProductVersion = options.ProductVersion,
            RabbitmqVersion = options.ProductVersion,
            ClusterName = options.ClusterName,
            QueueTotals = new(totals.ReadyMessages + totals.UnackedMessages, totals.ReadyMessages, totals.UnackedMessages),
            ObjectTotals = new(connections, channels, totals.Exchanges, totals.Queues, totals.Consumers),
            Node = options.NodeName,
            Listeners =
            [
                .. request.Sources.Server.Endpoints.Select(e => new ListenerJson(options.NodeName, "amqp", e.Address.ToString(), e.Port)),
                .. options.Listen.Select(e => new ListenerJson(options.NodeName, "http", e.Address.ToString(), e.Port)),
            ],
        };
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
