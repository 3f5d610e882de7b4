using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Reads all that queues have on the disk alone, a page at a time and on the caller's thread, and keeps none of it: what cannot
/// be read is counted for its queue. For a virtual host that nobody uses.
/// </summary>
internal static class BacklogVerification
{
    internal static async Task<IReadOnlyList<QueueVerification>> RunAsync(VirtualHostRuntime runtime, Action<long> progress, CancellationToken cancellation)
    {
        List<(string Queue, List<PageRead> Pages)> queues = [];
        await new LaneRead(host =>
        {
            queues.AddRange(host.Holders.Where(static q => q.Durable && q.ColdCount > 0).Select(static q => (q.Name.ToString(), q.Pages.Select(p => new PageRead(q, p)).ToList())));
            return false;
        }).RunAsync(runtime, cancellation).ConfigureAwait(false);
        List<QueueVerification> damaged = [];
        foreach ((string name, List<PageRead> pages) in queues)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Verify(name, pages, runtime.Host.Journal, progress, cancellation) is { } found)
            {
                damaged.Add(found);
            }
        }

        return damaged;
    }

    /// <summary>Null when all of the queue's messages can be read.</summary>
    private static QueueVerification? Verify(string queue, List<PageRead> pages, IJournal journal, Action<long> progress, CancellationToken cancellation)
    {
        int damaged = 0;
        int withoutIndex = 0;
        string? why = null;
        foreach (PageRead page in pages)
        {
            cancellation.ThrowIfCancellationRequested();
            page.Read(journal);
            int whole = page.Entries.Count(static e => e.Message is not null);
            damaged += Math.Max(0, page.Page.Count - whole);
            withoutIndex += page.IndexIsLost ? whole : 0;
            why ??= page.Damage?.Message;
            page.Release();
            progress(page.Page.Bytes);
        }

        return why is null ? null : new QueueVerification(queue, damaged, withoutIndex, why);
    }
}
