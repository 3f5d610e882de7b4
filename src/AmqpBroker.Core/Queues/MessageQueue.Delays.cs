using AmqpBroker.Core.Backlog;

namespace AmqpBroker.Core.Queues;

/// <summary>What came back and waits before it is delivered again (delayed retry).</summary>
internal partial class MessageQueue
{
    private IndexedHeap<QueueEntry>? _delayed;

    /// <summary>Entries that came back and wait: neither ready nor with a client.</summary>
    internal int DelayedCount => _delayed?.Count ?? 0;

    /// <summary>The entries that wait, each with the time until it does, in milliseconds of the wall clock; in no order.</summary>
    internal ReadOnlySpan<(long UntilMs, QueueEntry Entry)> DelayedEntries => _delayed is null ? [] : _delayed.Items;

    /// <summary>After a start: a message that came back before it, and waits until then.</summary>
    internal void RestoreDelay(in StoredEntry stored, long untilMs)
    {
        QueueEntry entry = Revive(in stored, message: null);
        _host.Memory.Remove(entry);
        Delay(entry, untilMs);
    }

    private void Delay(QueueEntry entry, long untilMs)
    {
        Hold(entry, EntryState.Delayed);
        _delayed ??= new IndexedHeap<QueueEntry>();
        _delayed.Set(entry, untilMs);
        ArmFor(_delayed.FirstKey);
    }

    /// <summary>What has waited long enough is ready again, a share of it at most; the caller arms the timer for the rest.</summary>
    private void EndDelays()
    {
        if (_delayed is null || _delayed.FirstKey > _host.NowMs)
        {
            return;
        }

        for (int i = 0; i < ExpiredPerTick && _delayed.FirstKey <= _host.NowMs; i++)
        {
            EndDelay(_delayed.First!);
        }

        _hasReturns = true;
        _host.PumpLater(this);
    }

    private void EndDelay(QueueEntry entry)
    {
        _delayed!.Remove(entry);
        _host.Memory.LetGo(entry);
        MakeReady(entry).Return(entry);
    }

    /// <summary>Takes an entry that no client has out of where it waits; it stays a live entry.</summary>
    private void TakeWaiting(QueueEntry entry)
    {
        if (entry.State == EntryState.Delayed)
        {
            _delayed!.Remove(entry);
            _host.Memory.LetGo(entry);
        }
        else
        {
            TakeReady(entry);
        }
    }
}
