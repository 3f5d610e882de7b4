using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Exchanges. What is changed is changed with the rights that the account has as a client.</summary>
internal static class ExchangeRoutes
{
    /// <summary>What the default exchange is called in paths, since its name is empty.</summary>
    private const string DefaultExchange = "amq.default";

    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static async Task OneAsync(ApiRequest request)
    {
        Statistics? statistics = StatisticsOf(request);
        ExchangeInfo exchange = await FindAsync(request, statistics?.WantsHistory ?? false).ConfigureAwait(false);
        await Reply.ObjectAsync(
            request, ExchangeJson.From(exchange, statistics) with { Incoming = [], Outgoing = [] }, ManagementJson.Default.ExchangeJson)
            .ConfigureAwait(false);
    }

    public static async Task PutAsync(ApiRequest request)
    {
        VirtualHostView host = request.VirtualHostToChange();
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        string type = body.Text("type") ?? "direct";
        bool durable = body.Flag("durable") ?? false;
        bool autoDelete = body.Flag("auto_delete") ?? false;
        bool isInternal = body.Flag("internal") ?? false;
        PlainTable arguments = body.Table("arguments");
        string name = NameOf(request.Names[1]);
        bool isNew = await host.FindExchangeAsync(name, request.Cancellation).ConfigureAwait(false) is null;
        await request.UseClientAsync(
            client => client.DeclareExchangeAsync(name, type, durable, autoDelete, isInternal, arguments, request.Cancellation), RefusalStyle.Bare)
            .ConfigureAwait(false);
        await Reply.Put(request, isNew).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        await FindAsync(request).ConfigureAwait(false);
        bool ifUnused = request.Http.Request.Query["if-unused"] == "true";
        await request.UseClientAsync(
            client => client.DeleteExchangeAsync(NameOf(request.Names[1]), ifUnused, request.Cancellation), RefusalStyle.Bare).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <summary>The bindings that lead away from it.</summary>
    public static async Task BindingsFromAsync(ApiRequest request)
    {
        string name = (await FindAsync(request).ConfigureAwait(false)).Name;
        await BindingRoutes.ListAsync(
            request, await request.VirtualHost().ListBindingsFromAsync(name, request.Cancellation).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>The bindings that lead to it.</summary>
    public static async Task BindingsToAsync(ApiRequest request)
    {
        string name = (await FindAsync(request).ConfigureAwait(false)).Name;
        await BindingRoutes.ListAsync(
            request, await request.VirtualHost().ListBindingsToAsync(name, isExchange: true, request.Cancellation).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    /// <summary>The exchange that a path means.</summary>
    public static string NameOf(string inPath) => inPath == DefaultExchange ? "" : inPath;

    private static Statistics? StatisticsOf(ApiRequest request) =>
        ListQuery.Of(request.Http).DisableStats ? null : Statistics.Of(request.Http);

    /// <exception cref="ApiException">404: there is none.</exception>
    private static async Task<ExchangeInfo> FindAsync(ApiRequest request, bool withHistory = false) =>
        await request.VirtualHost().FindExchangeAsync(NameOf(request.Names[1]), request.Cancellation, withHistory).ConfigureAwait(false)
            ?? throw ApiException.NotFound();

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<ExchangeInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListExchangesAsync(request.Cancellation).ConfigureAwait(false));
        }

        Statistics? statistics = StatisticsOf(request);
        await Reply.PagedAsync(request, found.Select(x => ExchangeJson.From(x, statistics)), ManagementJson.Default.ExchangeJson, static x => x.Name)
            .ConfigureAwait(false);
    }
}
