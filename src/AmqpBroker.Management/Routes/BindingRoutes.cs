using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Routes;

/// <summary>Bindings: all of them, and those from an exchange to a queue or to another exchange. The paths of those name virtual host, source and destination.</summary>
internal sealed class BindingRoutes(bool toExchange)
{
    /// <summary>The paths of bindings to one kind of destinations.</summary>
    /// <param name="toExchange">Whether the destinations are exchanges.</param>
    public static IEnumerable<Route> For(bool toExchange)
    {
        var routes = new BindingRoutes(toExchange);
        string path = $"/api/bindings/{{vhost}}/e/{{source}}/{(toExchange ? 'e' : 'q')}/{{destination}}";
        return
        [
            new(path, routes.ListBetweenAsync),
            new(path, routes.PostAsync, HttpMethods.Post),
            new($"{path}/{{key}}", routes.OneAsync),
            new($"{path}/{{key}}", routes.DeleteAsync, HttpMethods.Delete),
        ];
    }

    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static Task ListAsync(ApiRequest request, IEnumerable<BindingInfo> bindings) =>
        Reply.ListAsync(request, bindings.Select(BindingJson.From), ManagementJson.Default.BindingJson);

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<BindingInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListBindingsAsync(request.Cancellation).ConfigureAwait(false));
        }

        await ListAsync(request, found).ConfigureAwait(false);
    }

    private async Task ListBetweenAsync(ApiRequest request) =>
        await ListAsync(request, await BetweenAsync(request).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task OneAsync(ApiRequest request) => await Reply.ObjectAsync(
        request, BindingJson.From(await FindAsync(request).ConfigureAwait(false)), ManagementJson.Default.BindingJson).ConfigureAwait(false);

    private async Task PostAsync(ApiRequest request)
    {
        request.VirtualHostToChange();
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        string key = body.Text("routing_key") ?? "";
        PlainTable arguments = body.Table("arguments");
        (string source, string destination) = Ends(request);
        await request.UseClientAsync(
            client => client.BindAsync(source, destination, toExchange, key, arguments, request.Cancellation), RefusalStyle.Bare).ConfigureAwait(false);
        string path = string.Join('/', request.Names.Take(3).Select(Uri.EscapeDataString).Select((name, i) => i switch
        {
            0 => $"{name}/e",
            1 => $"{name}/{(toExchange ? 'e' : 'q')}",
            _ => name,
        }));
        string properties = Uri.EscapeDataString(BindingKey.Of(key, BindingInfo.HashOf(arguments)));
        request.Http.Response.Headers.Location = $"../../../../{path}/{properties}";
        await Reply.Put(request, isNew: true).ConfigureAwait(false);
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        BindingInfo binding = await FindAsync(request).ConfigureAwait(false);
        await request.UseClientAsync(
            client => client.UnbindAsync(
                binding.Source, binding.Destination, toExchange, binding.RoutingKey, binding.Arguments, request.Cancellation),
            RefusalStyle.Bare).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <exception cref="ApiException">404: there is none.</exception>
    private async Task<BindingInfo> FindAsync(ApiRequest request)
    {
        IEnumerable<BindingInfo> between = await BetweenAsync(request).ConfigureAwait(false);
        return between.FirstOrDefault(b => BindingKey.Names(request.Names[3], b)) ?? throw ApiException.NotFound();
    }

    private async Task<IEnumerable<BindingInfo>> BetweenAsync(ApiRequest request)
    {
        (string source, string destination) = Ends(request);
        IReadOnlyList<BindingInfo> all =
            await request.VirtualHost().ListBindingsToAsync(destination, toExchange, request.Cancellation).ConfigureAwait(false);
        return all.Where(b => b.Source == source);
    }

    private (string Source, string Destination) Ends(ApiRequest request) => (
        ExchangeRoutes.NameOf(request.Names[1]), toExchange ? ExchangeRoutes.NameOf(request.Names[2]) : request.Names[2]);
}
