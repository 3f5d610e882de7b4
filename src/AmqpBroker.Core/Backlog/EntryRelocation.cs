using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>Moves the messages of entries in memory whose messages are not.</summary>
internal sealed class EntryRelocation(SurvivorMove move, MessageQueue queue, QueueEntry[] entries) : Relocation(move, queue)
{
    // Taken in the lane, as what it is without that changes.
    private readonly StoredEntry[] _stored = [.. entries.Select(VirtualHost.Describe)];

    /// <inheritdoc/>
    protected override bool IsWanted => true;

    /// <inheritdoc/>
    protected override void Read(IJournal journal)
    {
        var names = new ShortStringCache();
        foreach (StoredEntry entry in _stored)
        {
            Note(journal, in entry, moves: true, names);
        }
    }

    /// <inheritdoc/>
    protected override void ChangePlaces()
    {
        var moved = new List<StoredEntry>();
        for (int i = 0; i < entries.Length; i++)
        {
            (StoredEntry before, Message? message) = Entries[i];
            QueueEntry entry = entries[i];
            bool isSame = ReferenceEquals(entry.Queue, Queue) && entry.Sequence == before.Sequence
                && entry.Message is null && (entry.Stored || entry.Spilled) && entry.Place == StoredPlace.Of(in before);
            if (!isSame)
            {
                // It ended, or came into memory: then it is met again when the place is looked at the next time.
                continue;
            }

            Queue.Host.SetPlace(entry, StoredPlace.Of(message!));
            if (entry.Stored)
            {
                moved.Add(VirtualHost.Describe(entry));
            }
        }

        Queue.Host.LogMoved(Queue, moved);
    }
}
