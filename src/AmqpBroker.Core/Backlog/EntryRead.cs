using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Brings the messages of unloaded entries back into memory: asked for in the lane, read where it may block, given back as a
/// work of the lane. An entry that has ended meanwhile is passed over. Used once.
/// </summary>
/// <param name="host">Their virtual host.</param>
/// <param name="entries">Entries whose messages are not in memory.</param>
/// <param name="done">Told in the lane when the messages are there; those that are not then cannot be read.</param>
internal sealed class EntryRead(VirtualHost host, IReadOnlyList<QueueEntry> entries, Action<EntryRead> done) : LaneWork, IJournalRead
{
    // Taken in the lane, as what it is without that changes.
    private readonly StoredEntry[] _stored = [.. entries.Select(VirtualHost.Describe)];
    private readonly MessageQueue[] _queues = [.. entries.Select(static e => e.Queue)];
    private readonly Message?[] _messages = new Message?[entries.Count];

    /// <summary>Why the first message that cannot be read cannot; null if all can.</summary>
    internal Exception? Damage { get; private set; }

    /// <summary>The entries that are still the same and whose messages could not be read. Valid when it is done.</summary>
    internal IReadOnlyList<QueueEntry> Unreadable { get; private set; } = [];

    /// <inheritdoc/>
    public void Run(IJournal journal)
    {
        var names = new ShortStringCache();
        for (int i = 0; i < _stored.Length; i++)
        {
            _messages[i] = PageRead.TryLoad(journal, in _stored[i], names, out Exception? damage);
            Damage ??= damage;
        }

        host.PostToLane(this);
    }

    /// <inheritdoc/>
    public override void Execute()
    {
        var unreadable = new List<QueueEntry>();
        for (int i = 0; i < _stored.Length; i++)
        {
            QueueEntry entry = entries[i];
            bool isSame = ReferenceEquals(entry.Queue, _queues[i]) && entry.Sequence == _stored[i].Sequence && entry.Message is null
                && entry.Place == StoredPlace.Of(in _stored[i]);
            if (!isSame)
            {
                _messages[i]?.Release();
            }
            else if (_messages[i] is { } message)
            {
                entry.Queue.Load(entry, message);
            }
            else
            {
                unreadable.Add(entry);
            }
        }

        Unreadable = unreadable;
        done(this);
        host.EndCommand();
    }
}
