using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Virtual hosts.</summary>
internal static class VirtualHostRoutes
{
    public static async Task ListAsync(ApiRequest request)
    {
        var hosts = new List<VirtualHostJson>();
        foreach (VirtualHostView host in request.VisibleVirtualHosts)
        {
            hosts.Add(await ReadAsync(request, host).ConfigureAwait(false));
        }

        await Reply.ListAsync(request, hosts, ManagementJson.Default.IEnumerableVirtualHostJson).ConfigureAwait(false);
    }

    public static async Task OneAsync(ApiRequest request) => await Reply.ObjectAsync(
        request,
        await ReadAsync(request, request.VirtualHost()).ConfigureAwait(false),
        ManagementJson.Default.VirtualHostJson).ConfigureAwait(false);

    private static async Task<VirtualHostJson> ReadAsync(ApiRequest request, VirtualHostView host) =>
        VirtualHostJson.From(host, await host.CountAsync(request.Cancellation).ConfigureAwait(false), request.Sources.Options.NodeName);
}
