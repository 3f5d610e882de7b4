using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Bindings.</summary>
internal static class BindingRoutes
{
    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<BindingInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListBindingsAsync(request.Cancellation).ConfigureAwait(false));
        }

        await Reply.ListAsync(request, found.Select(BindingJson.From), ManagementJson.Default.IEnumerableBindingJson).ConfigureAwait(false);
    }
}
