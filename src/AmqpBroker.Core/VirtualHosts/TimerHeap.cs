using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Who wants to be called when: queues, channels. Each is in it once at most, and who ends takes itself out. Lane only.</summary>
internal sealed class TimerHeap
{
    private readonly IndexedHeap<ITimed> _due = new();

    /// <summary>The earliest time asked for, in milliseconds of the wall clock, or <see cref="QueueEntry.Never"/>.</summary>
    internal long NextMs => _due.FirstKey;

    /// <summary>Calls it at this time, and not at the one it set before.</summary>
    internal void Set(ITimed timed, long dueMs) => _due.Set(timed, dueMs);

    /// <summary>Does not call it any more.</summary>
    internal void Cancel(ITimed timed) => _due.Remove(timed);

    /// <summary>Calls those that are due, one work's share of them at most.</summary>
    internal void Tick(long nowMs, int atMost)
    {
        for (int i = 0; i < atMost && _due.FirstKey <= nowMs; i++)
        {
            ITimed due = _due.First!;
            _due.Remove(due);
            due.Tick();
        }
    }
}
