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
        if (query is { Page: not null, QueueOrder: { } order })
        {
            await PageAsync(request, query, [.. hosts], order).ConfigureAwait(false);
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

    /// <summary>A page in the order of names or of a figure: of all other queues nothing but these is looked at.</summary>
    private static async Task PageAsync(ApiRequest request, ListQuery query, IReadOnlyList<VirtualHostView> hosts, QueueFigure order)
    {
        bool asListed = order == QueueFigure.None && (query.Sort is null || hosts.Count == 1);
        (List<(VirtualHostView Host, string Name)> names, int chosen, int total) = asListed
            ? await ListedAsync(request, query, hosts).ConfigureAwait(false)
            : await OrderedAsync(request, query, hosts, order).ConfigureAwait(false);
        var page = new List<QueueJson>(names.Count);
        foreach ((VirtualHostView host, List<string> run) in Runs(names))
        {
            IReadOnlyList<QueueInfo> found = await host.FindQueuesAsync(
                run, request.Cancellation, Statistics.Of(request.Http).WantsHistory).ConfigureAwait(false);
            page.AddRange(found.Select(q => ToJson(request, query, q)));
        }

        await Reply.PageAsync(request, query, new Page<QueueJson>(page, chosen, total), ManagementJson.Default.QueueJson).ConfigureAwait(false);
    }

    /// <summary>The names on the page where the order is that of the lists: nothing else is kept of them.</summary>
    private static async Task<(List<(VirtualHostView Host, string Name)> Names, int Chosen, int Total)> ListedAsync(
        ApiRequest request, ListQuery query, IReadOnlyList<VirtualHostView> hosts)
    {
        var names = new List<(VirtualHostView, string)>();
        int chosen = 0;
        int total = 0;
        foreach (VirtualHostView host in query.Reverse ? hosts.Reverse() : hosts)
        {
            IReadOnlyList<string> all = await host.ListQueueNamesAsync(request.Cancellation).ConfigureAwait(false);
            total += all.Count;
            for (int i = 0; i < all.Count; i++)
            {
                string name = all[query.Reverse ? all.Count - 1 - i : i];
                if (query.Chooses(name))
                {
                    if (query.IsOnPage(chosen++))
                    {
                        names.Add((host, name));
                    }
                }
            }
        }

        query.RangeOf(chosen); // says if there is no such page
        return (names, chosen, total);
    }

    /// <summary>The names on the page where they have to be put in order first.</summary>
    private static async Task<(List<(VirtualHostView Host, string Name)> Names, int Chosen, int Total)> OrderedAsync(
        ApiRequest request, ListQuery query, IReadOnlyList<VirtualHostView> hosts, QueueFigure order)
    {
        var names = new List<(VirtualHostView Host, string Name, long Figure)>();
        int total = 0;
        foreach (VirtualHostView host in hosts)
        {
            IReadOnlyList<(string Name, long Figure)> all = await host.ListQueueNamesAsync(order, request.Cancellation).ConfigureAwait(false);
            total += all.Count;
            names.AddRange(all.Where(q => query.Chooses(q.Name)).Select(q => (host, q.Name, q.Figure)));
        }

        names = order == QueueFigure.None
            ? [.. names.OrderBy(static n => n.Name, StringComparer.Ordinal)]
            : [.. names.OrderBy(static n => n.Figure)];
        if (query.Reverse)
        {
            names.Reverse();
        }

        (int start, int count) = query.RangeOf(names.Count).GetOffsetAndLength(names.Count);
        return ([.. names.GetRange(start, count).Select(static n => (n.Host, n.Name))], names.Count, total);
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
