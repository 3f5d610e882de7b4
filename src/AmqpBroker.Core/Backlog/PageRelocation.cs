using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>Moves those messages of a page that stand where room is to come back, and the page's index with them.</summary>
internal sealed class PageRelocation(SurvivorMove move, MessageQueue queue, ColdPage page) : Relocation(move, queue)
{
    // Taken in the lane, as what it is without that changes.
    private readonly StoredEntry[]? _index = page.Index;
    private readonly HashSet<long>? _gone = page.Gone is null ? null : [.. page.Gone];
    private readonly Places _places = move.Places;

    /// <inheritdoc/>
    protected override bool IsWanted => !Queue.Deleted && !Queue.IsImaged && !page.Dropped && !Queue.IsReading(page);

    /// <inheritdoc/>
    protected override void Read(IJournal journal)
    {
        var names = new ShortStringCache();
        foreach (StoredEntry entry in _index ?? PageRead.ReadIndex(journal, page))
        {
            if (_gone is null || !_gone.Contains(entry.Sequence))
            {
                Note(journal, in entry, _places.Hold(StoredPlace.Of(in entry)), names);
            }
        }
    }

    /// <inheritdoc/>
    protected override void ChangePlaces()
    {
        VirtualHost host = Queue.Host;
        var entries = new List<StoredEntry>();
        var moved = new List<StoredEntry>();
        foreach ((StoredEntry entry, Messages.Message? message) in Entries)
        {
            if (page.IsGone(entry.Sequence))
            {
                continue;
            }

            StoredEntry now = Moved(in entry, message);
            entries.Add(now);
            if (message is not null && !entry.IsTransient)
            {
                moved.Add(now);
            }
        }

        host.MovePage(Queue, page, entries, moved);
    }
}
