namespace AmqpBroker.Core.Queues;

/// <summary>Push to consumers, get, and what comes back: ack, reject, requeue.</summary>
internal partial class MessageQueue
{
    /// <summary>Delivers what is ready to consumers with room, in turns.</summary>
    internal void Pump()
    {
        while (ReadyCount > 0 && Consumers.Count > 0)
        {
            if (Head() is not { } entry)
            {
                LoadHead();
                return;
            }

            if (entry.DeadlineMs < _host.NowMs)
            {
                Expire(entry);
                continue;
            }

            Consumer? consumer = Consumers.Next();
            if (consumer is null)
            {
                return;
            }

            TakeReady(entry);
            NoteDelivered(entry);
            if (consumer.NoAck)
            {
                consumer.Channel.Deliver(consumer, entry, track: false);
                Settle(entry);
            }
            else
            {
                Hold(entry, EntryState.Unacked);
                UnackedCount++;
                UnackedBytes += entry.BodyLength;
                consumer.Unacked++;
                consumer.Channel.Deliver(consumer, entry, track: true);
            }
        }
    }

    /// <summary>
    /// Takes the head for a basic.get; null when nothing is ready, or when the head is cold: then <see cref="ReadyCount"/> is
    /// not 0, and <see cref="Stall"/> waits for it. The caller settles it or tracks it as unacked.
    /// </summary>
    internal QueueEntry? Take()
    {
        while (Head() is { } entry)
        {
            if (entry.DeadlineMs < _host.NowMs)
            {
                Expire(entry);
                continue;
            }

            TakeReady(entry);
            NoteDelivered(entry);
            Hold(entry, EntryState.Unacked);
            UnackedCount++;
            UnackedBytes += entry.BodyLength;
            return entry;
        }

        return null;
    }

    /// <summary>An unacked entry was acknowledged.</summary>
    internal void Acknowledge(QueueEntry entry)
    {
        if (EndsWithQueue(entry))
        {
            return;
        }

        EndUnacked(entry);
        Settle(entry);
    }

    /// <summary>An unacked entry was refused for good: it is dead-lettered, if the queue says where to.</summary>
    internal void Reject(QueueEntry entry)
    {
        if (EndsWithQueue(entry))
        {
            return;
        }

        EndUnacked(entry);
        DeadLetter(entry, DeathReason.Rejected);
    }

    /// <summary>An unacked entry comes back to where it was, or waits before that. The caller pumps afterwards.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="kind">The way it came back, one of the two.</param>
    internal void Requeue(QueueEntry entry, RetryDelay kind)
    {
        if (EndsWithQueue(entry))
        {
            return;
        }

        EndUnacked(entry);
        entry.Redelivered = true;
        entry.DeliveryCount++;
        if (entry.DeliveryCount > Settings.DeliveryLimit)
        {
            _overDeliveryLimit.Add(entry);
            return;
        }

        if (Settings.RetryDelayMs(kind, entry.DeliveryCount) is > 0 and long delayMs)
        {
            long untilMs = _host.NowMs + delayMs;
            if (entry.Stored)
            {
                _host.Log.Delayed(this, entry.Sequence, untilMs, entry.DeliveryCount);
            }

            Delay(entry, untilMs);
        }
        else
        {
            if (entry.Stored)
            {
                _host.Log.Returned(this, entry.Sequence, entry.DeliveryCount);
            }

            MakeReady(entry).Return(entry);
            _hasReturns = true;
        }

        if (entry.DeadlineMs != QueueEntry.Never)
        {
            NoteDeadline(entry);
        }
    }

    /// <summary>Ends an entry that is in no ready list, and logs it.</summary>
    internal void Settle(QueueEntry entry)
    {
        if (entry.Stored)
        {
            _host.Log.Settled(this, entry.Sequence);
        }

        Free(entry);
    }

    /// <summary>Entries that no client has go; unacked ones stay, and those on their way to a dead-letter exchange (queue.purge). Gives how many went.</summary>
    internal int Purge()
    {
        int count = ReadyCount + DelayedCount;
        if (Durable && count > 0)
        {
            _host.Log.Purged(this);
        }

        DropPages();
        QueueEntry? entry = _first;
        while (entry is not null)
        {
            QueueEntry? next = entry.Newer;
            if (entry.State is not (EntryState.Unacked or EntryState.Dying))
            {
                TakeWaiting(entry);
                Free(entry);
            }

            entry = next;
        }

        return count;
    }

    /// <summary>
    /// The queue is deleted: ready entries go; unacked ones lose their place here and are freed when their channel lets go.
    /// </summary>
    internal void Drop()
    {
        EndOverDeliveryLimit();
        Deleted = true;
        Disarm();
        DropPages();
        ResumeStalled();
        QueueEntry? entry = _first;
        while (entry is not null)
        {
            QueueEntry? next = entry.Newer;
            if (entry.State == EntryState.Dying)
            {
                // It is on its way elsewhere: what is left of it here needs no end in the journal any more.
                entry.Spilled |= entry.Stored;
                entry.Stored = false;
            }
            else if (entry.State != EntryState.Unacked)
            {
                TakeWaiting(entry);
                Free(entry);
            }
            else if (entry.Stored || entry.Spilled)
            {
                _host.RemoveStored(entry);
                entry.Stored = false;
                entry.Spilled = false;
            }

            entry = next;
        }
    }

    private bool EndsWithQueue(QueueEntry entry)
    {
        if (Deleted)
        {
            EndUnacked(entry);
            Free(entry);
        }

        return Deleted;
    }

    /// <summary>The entry is in no ready list any more, and stays with somebody.</summary>
    private void Hold(QueueEntry entry, EntryState state)
    {
        entry.State = state;
        _host.Memory.Hold(entry);
    }

    private void EndUnacked(QueueEntry entry)
    {
        UnackedCount--;
        UnackedBytes -= entry.BodyLength;
        _host.Memory.LetGo(entry);
    }

    private void NoteDelivered(QueueEntry entry)
    {
        if (entry.Stored && entry.Sequence > DeliveredUpTo)
        {
            DeliveredUpTo = entry.Sequence;
            _host.Log.NoteDelivered(this);
        }
    }
}
