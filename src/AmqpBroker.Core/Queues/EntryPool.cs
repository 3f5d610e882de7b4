namespace AmqpBroker.Core.Queues;

/// <summary>Queue entries to use again; one per virtual host, lane only.</summary>
internal sealed class EntryPool
{
    /// <summary>Kept for the next burst: 64 Ki entries, some 8 MB; more go to the garbage collector.</summary>
    private const int Kept = 64 * 1024;

    private readonly Stack<QueueEntry> _free = new();

    internal QueueEntry Rent() => _free.TryPop(out QueueEntry? entry) ? entry : new QueueEntry();

    internal void Return(QueueEntry entry)
    {
        entry.Queue = null!;
        entry.Message = null;
        entry.Place = default;
        entry.Sequence = 0;
        entry.DeadlineMs = QueueEntry.Never;
        entry.DeliveryCount = 0;
        entry.Redelivered = false;
        entry.Stored = false;
        entry.Spilled = false;
        entry.Level = 0;
        if (_free.Count < Kept)
        {
            _free.Push(entry);
        }
    }
}
