using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;

namespace AmqpBroker.Core.Queues;

/// <summary>
/// Entries in memory whose messages are in the journal alone: unloaded while a consumer had them. Their messages are brought
/// back when they are next to be delivered, or before a dead-letter exchange gets them, a page's worth at a time.
/// </summary>
internal partial class MessageQueue
{
    private Queue<(QueueEntry Entry, DeathReason Reason)>? _dying;
    private bool _readsDying;

    /// <summary>What the entry's return or refusal would do needs its message, and that is not in memory.</summary>
    /// <param name="entry">An unacknowledged entry.</param>
    /// <param name="returns">It is given back, and not refused for good.</param>
    internal bool LacksMessageToEnd(QueueEntry entry, bool returns) =>
        entry.Message is null && !Deleted && Settings.DeadLetterExchange is not null
        && (!returns || entry.DeliveryCount + 1 > Settings.DeliveryLimit);

    /// <summary>The message of an unloaded entry came into memory.</summary>
    internal void Load(QueueEntry entry, Message message)
    {
        _host.Memory.Load(entry, message);
        if (entry.State == EntryState.Ready)
        {
            _levels[entry.Level].NoteLoaded(entry);
        }
    }

    /// <summary>The messages that are next came into memory.</summary>
    private void HeadWasRead(EntryRead read)
    {
        _reading = null;
        foreach (QueueEntry entry in read.Unreadable)
        {
            if (entry.State == EntryState.Ready)
            {
                TakeReady(entry);
                Abandon(entry, read);
            }
        }

        LookAtRead();
    }

    /// <summary>
    /// An entry that is in no ready list goes to the dead-letter exchange when its message is in memory and those before it are
    /// gone. A crash before that brings it back.
    /// </summary>
    private void DieLater(QueueEntry entry, DeathReason reason)
    {
        Hold(entry, EntryState.Dying);
        _dying ??= new();
        _dying.Enqueue((entry, reason));
        ReadDying();
    }

    private void ReadDying()
    {
        if (_readsDying || _dying is not { Count: > 0 })
        {
            return;
        }

        var next = new List<QueueEntry>();
        long bytes = 0;
        foreach ((QueueEntry entry, _) in _dying)
        {
            if (next.Count == ColdExpiredPerWork || (next.Count > 0 && bytes + entry.BodyLength > ColdPage.MaxBytes))
            {
                break;
            }

            if (entry.Message is null)
            {
                next.Add(entry);
                bytes += entry.BodyLength;
            }
        }

        _readsDying = true;
        _host.Journal.ReadLater(new EntryRead(_host, next, DyingWereRead));
    }

    private void DyingWereRead(EntryRead read)
    {
        _readsDying = false;
        while (_dying!.TryPeek(out (QueueEntry Entry, DeathReason Reason) next))
        {
            QueueEntry entry = next.Entry;
            if (entry.Message is null && !read.Unreadable.Contains(entry))
            {
                break;
            }

            _dying.Dequeue();
            _host.Memory.LetGo(entry);
            if (entry.Message is not { } message)
            {
                Abandon(entry, read);
                continue;
            }

            if (Settings.DeadLetterExchange is not null)
            {
                _host.DeadLetters.Add(this, message, next.Reason);
            }

            Settle(entry);
        }

        ReadDying();
    }

    /// <summary>An entry that is in no list has a message that cannot be read: it ends here, and stays in the journal for who wants to look at it.</summary>
    private void Abandon(QueueEntry entry, EntryRead read)
    {
        _host.Warn($"A message of queue '{Name}' in virtual host '{_host.Name}' cannot be read and is not delivered; its record stays in the journal: {read.Damage?.Message}");
        Unchain(entry);
        entry.State = EntryState.Gone;
        _host.Entries.Return(entry);
    }
}
