using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Routes;

/// <summary>Channels and consumers: others' for those who may see all, else one's own.</summary>
internal static class ChannelRoutes
{
    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListOfVirtualHostAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static Task ListConsumersAsync(ApiRequest request) => ListConsumersAsync(request, request.VisibleVirtualHosts);

    public static Task ListConsumersOfVirtualHostAsync(ApiRequest request) => ListConsumersAsync(request, [request.VirtualHost()]);

    /// <summary>The channel of this name: that of its connection, and its number in brackets.</summary>
    public static async Task OneAsync(ApiRequest request)
    {
        string name = request.Names[0];
        int bracket = name.LastIndexOf(" (", StringComparison.Ordinal);
        ConnectionInfo connection = bracket < 0 ? throw ApiException.NotFound() : ConnectionRoutes.Find(request, name[..bracket]);
        VirtualHostView host = request.Sources.Broker.FindVirtualHost(connection.VirtualHost) ?? throw ApiException.NotFound();
        IReadOnlyList<ChannelInfo> channels = await host.ListChannelsAsync(request.Cancellation, WantsHistory(request)).ConfigureAwait(false);
        ChannelInfo channel = channels.FirstOrDefault(c => c.Name == name) ?? throw ApiException.NotFound();
        IEnumerable<ConsumerInfo> consumers = channel.Consumers == 0
            ? []
            : (await host.ListConsumersAsync(request.Cancellation).ConfigureAwait(false)).Where(
                c => c.Connection == channel.Connection && c.Channel == channel.Number);
        await Reply.ObjectAsync(
            request,
            ToJson(request, channel) with { ConsumerDetails = [.. consumers.Select(ConsumerJson.From)] },
            ManagementJson.Default.ChannelJson).ConfigureAwait(false);
    }

    /// <summary>Whether more is wanted than what figures are now.</summary>
    public static bool WantsHistory(ApiRequest request) => Statistics.Of(request.Http).WantsHistory;

    public static Task ListAsync(ApiRequest request, IEnumerable<ChannelInfo> channels) => Reply.PagedAsync(
        request,
        channels.Where(c => request.SeesAll || c.User == request.Account.Name).Select(c => ToJson(request, c)),
        ManagementJson.Default.ChannelJson,
        static c => c.Name);

    private static ChannelJson ToJson(ApiRequest request, ChannelInfo channel) =>
        ChannelJson.From(channel, request.Sources.Options.NodeName, Statistics.Of(request.Http));

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        if (ListQuery.Of(request.Http).DisableStats)
        {
            throw ApiException.BadRequest("Stats in management UI are disabled on this node");
        }

        var found = new List<ChannelInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListChannelsAsync(request.Cancellation, WantsHistory(request)).ConfigureAwait(false));
        }

        await ListAsync(request, found).ConfigureAwait(false);
    }

    private static async Task ListConsumersAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<ConsumerInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListConsumersAsync(request.Cancellation).ConfigureAwait(false));
        }

        await Reply.ListAsync(
            request,
            found.Where(c => request.SeesAll || c.User == request.Account.Name).Select(ConsumerJson.From),
            ManagementJson.Default.ConsumerJson).ConfigureAwait(false);
    }
}
