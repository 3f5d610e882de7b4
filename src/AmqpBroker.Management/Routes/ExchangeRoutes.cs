using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Exchanges.</summary>
internal static class ExchangeRoutes
{
    /// <summary>What the default exchange is called in paths, since its name is empty.</summary>
    private const string DefaultExchange = "amq.default";

    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static async Task OneAsync(ApiRequest request)
    {
        string name = request.Names[1] == DefaultExchange ? "" : request.Names[1];
        ExchangeInfo exchange = await request.VirtualHost().FindExchangeAsync(name, request.Cancellation).ConfigureAwait(false)
            ?? throw ApiException.NotFound();
        await Reply.ObjectAsync(request, ExchangeJson.From(exchange), ManagementJson.Default.ExchangeJson).ConfigureAwait(false);
    }

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<ExchangeInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListExchangesAsync(request.Cancellation).ConfigureAwait(false));
        }

        await Reply.ListAsync(request, found.Select(ExchangeJson.From), ManagementJson.Default.IEnumerableExchangeJson).ConfigureAwait(false);
    }
}
