using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>When which queue wants a tick. A queue that sets an earlier time leaves the later one behind; its tick tells them apart. Lane only.</summary>
internal sealed class TimerHeap
{
    private readonly PriorityQueue<MessageQueue, long> _due = new();

    /// <summary>The earliest time asked for, in milliseconds of the wall clock, or <see cref="QueueEntry.Never"/>.</summary>
    internal long NextMs => _due.TryPeek(out _, out long due) ? due : QueueEntry.Never;

    internal void Add(MessageQueue queue, long dueMs) => _due.Enqueue(queue, dueMs);

    /// <summary>Ticks the queues that are due, one work's share of them at most.</summary>
    internal void Tick(long nowMs, int atMost)
    {
        for (int i = 0; i < atMost && _due.TryPeek(out MessageQueue? queue, out long due) && due <= nowMs; i++)
        {
            _due.Dequeue();
            queue.Tick(due);
        }
    }
}
