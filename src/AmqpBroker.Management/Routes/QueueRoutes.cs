using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Queues.</summary>
internal static class QueueRoutes
{
    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static async Task OneAsync(ApiRequest request)
    {
        QueueInfo queue = await request.VirtualHost().FindQueueAsync(request.Names[1], request.Cancellation).ConfigureAwait(false)
            ?? throw ApiException.NotFound();
        await Reply.ObjectAsync(
            request, QueueJson.From(queue, request.Sources.Options.NodeName), ManagementJson.Default.QueueJson).ConfigureAwait(false);
    }

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<QueueInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListQueuesAsync(request.Cancellation).ConfigureAwait(false));
        }

        string node = request.Sources.Options.NodeName;
        await Reply.ListAsync(
            request, found.Select(q => QueueJson.From(q, node)), ManagementJson.Default.IEnumerableQueueJson).ConfigureAwait(false);
    }
}
