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

    public static async Task PutAsync(ApiRequest request)
    {
        var administration = request.Administration;
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        bool created = await administration.PutVirtualHostAsync(
            request.Names[0],
            before => before with
            {
                Description = body.Text("description") ?? "",
                Tags = body.Texts("tags") ?? [],
                DefaultQueueType = body.Text("default_queue_type"),
                ProtectedFromDeletion = body.Flag("protected_from_deletion") ?? before.ProtectedFromDeletion,
                Tracing = body.Flag("tracing") ?? before.Tracing,
            },
            grantedTo: request.Account.Name);
        await Reply.Put(request, isNew: created).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        await request.Administration.DeleteVirtualHostAsync(request.Names[0]).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    private static async Task<VirtualHostJson> ReadAsync(ApiRequest request, VirtualHostView host) =>
        VirtualHostJson.From(host, await host.CountAsync(request.Cancellation).ConfigureAwait(false), request.Sources.Options.NodeName);
}
