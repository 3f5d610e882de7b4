using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

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

        await Reply.PagedAsync(request, hosts, ManagementJson.Default.VirtualHostJson, static h => h.Name).ConfigureAwait(false);
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

    /// <summary>What "start" asks of a virtual host that is down; one that is there runs.</summary>
    public static Task StartAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return request.Sources.Broker.FindVirtualHost(request.Names[0]) is null
            ? throw ApiException.BadRequest($"Request to node {request.Names[1]} failed with {{no_such_vhost,<<\"{request.Names[0]}\">>}}")
            : Reply.Deleted(request);
    }

    public static Task ProtectAsync(ApiRequest request) => ProtectAsync(request, isProtected: true);

    public static Task UnprotectAsync(ApiRequest request) => ProtectAsync(request, isProtected: false);

    private static async Task ProtectAsync(ApiRequest request, bool isProtected)
    {
        var administration = request.Administration;
        request.VirtualHost();
        await administration.PutVirtualHostAsync(request.Names[0], before => before with { ProtectedFromDeletion = isProtected })
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    private static async Task<VirtualHostJson> ReadAsync(ApiRequest request, VirtualHostView host)
    {
        QueueTotals totals = await host.CountAsync(request.Cancellation).ConfigureAwait(false);
        var json = VirtualHostJson.From(host, totals, request.Sources.Options.NodeName);
        if (ListQuery.Of(request.Http).DisableStats)
        {
            return json;
        }

        var statistics = Statistics.Of(request.Http);
        Reading counted = await host.ReadAsync(request.Cancellation, statistics.WantsHistory).ConfigureAwait(false);
        Reading traffic = request.Sources.Server.Traffic(host.Name);
        (RateJson all, RateJson ready, RateJson unacked) = statistics.Lengths(counted);
        (long received, RateJson receivedRate) = statistics.Data(traffic, TrafficFigures.ReceivedBytes);
        (long sent, RateJson sentRate) = statistics.Data(traffic, TrafficFigures.SentBytes);
        return json with
        {
            MessagesDetails = all,
            MessagesReadyDetails = ready,
            MessagesUnacknowledgedDetails = unacked,
            MessageStats = statistics.OfTraffic(counted),
            RecvOct = received,
            RecvOctDetails = receivedRate,
            SendOct = sent,
            SendOctDetails = sentRate,
        };
    }
}
