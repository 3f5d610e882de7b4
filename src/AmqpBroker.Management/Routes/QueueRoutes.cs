using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Queues. What is changed is changed with the rights that the account has as a client.</summary>
internal static class QueueRoutes
{
    private static readonly string[] s_actions = ["sync", "cancel_sync"];

    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static async Task OneAsync(ApiRequest request)
    {
        VirtualHostView host = request.VirtualHost();
        ListQuery query = ListQuery.Of(request.Http);
        QueueInfo queue = await FindAsync(request, host, Statistics.Of(request.Http).WantsHistory).ConfigureAwait(false);
        QueueJson json = ToJson(request, query, queue);
        if (!query.DisableStats)
        {
            IReadOnlyList<ConsumerInfo> consumers = await host.ListConsumersAsync(queue.Name, request.Cancellation).ConfigureAwait(false);
            json = json with { ConsumerDetails = [.. consumers.Select(ConsumerJson.From)], Incoming = [], Deliveries = [] };
        }

        await Reply.ObjectAsync(request, json, ManagementJson.Default.QueueJson).ConfigureAwait(false);
    }

    public static async Task PutAsync(ApiRequest request)
    {
        VirtualHostView host = request.VirtualHostToChange();
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        bool durable = body.Flag("durable") ?? false;
        bool autoDelete = body.Flag("auto_delete") ?? false;
        PlainTable arguments = body.Table("arguments");
        bool isNew = await host.FindQueueAsync(request.Names[1], request.Cancellation).ConfigureAwait(false) is null;
        await request.UseClientAsync(
            client => client.DeclareQueueAsync(request.Names[1], durable, autoDelete, arguments, request.Cancellation), RefusalStyle.Bare)
            .ConfigureAwait(false);
        await Reply.Put(request, isNew).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        await FindAsync(request, request.VirtualHost()).ConfigureAwait(false);
        bool ifUnused = request.Http.Request.Query["if-unused"] == "true";
        bool ifEmpty = request.Http.Request.Query["if-empty"] == "true";
        await request.UseClientAsync(
            client => client.DeleteQueueAsync(request.Names[1], ifUnused, ifEmpty, request.Cancellation), RefusalStyle.Bare).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task PurgeAsync(ApiRequest request)
    {
        await FindAsync(request, request.VirtualHost()).ConfigureAwait(false);
        await request.UseClientAsync(client => client.PurgeQueueAsync(request.Names[1], request.Cancellation), RefusalStyle.Bare)
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <summary>What mirrors are told to do; here there are none, so it is done.</summary>
    public static async Task ActAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        await FindAsync(request, request.VirtualHost()).ConfigureAwait(false);
        RequestFields body = await RequestFields.ReadAsync(request, "action").ConfigureAwait(false);
        string action = body.RequiredText("action");
        if (!s_actions.Contains(action))
        {
            throw ApiException.BadTerm("unknown", action);
        }

        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task BindingsAsync(ApiRequest request)
    {
        VirtualHostView host = request.VirtualHost();
        await FindAsync(request, host).ConfigureAwait(false);
        await BindingRoutes.ListAsync(request, await host.ListBindingsToAsync(request.Names[1], isExchange: false, request.Cancellation).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    /// <summary>What a queue is told as.</summary>
    private static QueueJson ToJson(ApiRequest request, ListQuery query, QueueInfo queue) =>
        QueueJson.From(queue, request.Sources.Options.NodeName, query, Statistics.Of(request.Http));

    /// <exception cref="ApiException">404: there is none.</exception>
    private static async Task<QueueInfo> FindAsync(ApiRequest request, VirtualHostView host, bool withHistory = false) =>
        await host.FindQueueAsync(request.Names[1], request.Cancellation, withHistory).ConfigureAwait(false) ?? throw ApiException.NotFound();

    private static async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        ListQuery query = ListQuery.Of(request.Http);
        if (query is { Page: not null, IsByName: true })
        {
            await PageAsync(request, query, hosts).ConfigureAwait(false);
            return;
        }

        var found = new List<QueueInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.ListQueuesAsync(request.Cancellation).ConfigureAwait(false));
        }

        await Reply.PagedAsync(request, found.Select(q => ToJson(request, query, q)), ManagementJson.Default.QueueJson, static q => q.Name)
            .ConfigureAwait(false);
    }

    /// <summary>A page in the order of names: of all other queues nothing but their names is looked at.</summary>
    private static async Task PageAsync(ApiRequest request, ListQuery query, IEnumerable<VirtualHostView> hosts)
    {
        var names = new List<(VirtualHostView Host, string Name)>();
        int total = 0;
        foreach (VirtualHostView host in hosts)
        {
            IReadOnlyList<string> all = await host.ListQueueNamesAsync(request.Cancellation).ConfigureAwait(false);
            total += all.Count;
            names.AddRange(all.Where(query.Chooses).Select(name => (host, name)));
        }

        if (query.Sort is not null)
        {
            names = [.. names.OrderBy(static n => n.Name, StringComparer.Ordinal)];
        }

        if (query.Reverse)
        {
            names.Reverse();
        }

        (int start, int count) = query.RangeOf(names.Count).GetOffsetAndLength(names.Count);
        var page = new List<QueueJson>(count);
        foreach ((VirtualHostView host, List<string> chosen) in Runs(names.GetRange(start, count)))
        {
            IReadOnlyList<QueueInfo> found = await host.FindQueuesAsync(
                chosen, request.Cancellation, Statistics.Of(request.Http).WantsHistory).ConfigureAwait(false);
            page.AddRange(found.Select(q => ToJson(request, query, q)));
        }

        await Reply.PageAsync(request, query, new Page<QueueJson>(page, names.Count, total), ManagementJson.Default.QueueJson).ConfigureAwait(false);
    }

    /// <summary>Neighbours of one virtual host together.</summary>
    private static IEnumerable<(VirtualHostView Host, List<string> Names)> Runs(List<(VirtualHostView Host, string Name)> names)
    {
        for (int first = 0, end; first < names.Count; first = end)
        {
            VirtualHostView host = names[first].Host;
            end = names.FindIndex(first, n => !ReferenceEquals(n.Host, host));
            end = end < 0 ? names.Count : end;
            yield return (host, [.. names[first..end].Select(static n => n.Name)]);
        }
    }
}
