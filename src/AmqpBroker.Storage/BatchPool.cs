namespace AmqpBroker.Storage;

/// <summary>Batches of one journal that wait to be used again: rented by the lane, given back by the disk thread.</summary>
internal sealed class BatchPool
{
    /// <summary>Enough for all that is in flight at the usual sizes; an empty batch holds no block.</summary>
    private const int MaxRetained = 512;

    private readonly Lock _gate = new();
    private JournalBatch? _first;
    private int _count;

    /// <summary>Gives a batch that starts at <paramref name="start"/>.</summary>
    public JournalBatch Rent(long start)
    {
        JournalBatch? batch;
        lock (_gate)
        {
            batch = _first;
            if (batch is not null)
            {
                _first = batch.Next;
                _count--;
            }
        }

        batch ??= new JournalBatch();
        batch.Next = null;
        batch.Reset(start);
        return batch;
    }

    /// <summary>Takes a batch back and releases all it refers to.</summary>
    public void Return(JournalBatch batch)
    {
        batch.Clear();
        lock (_gate)
        {
            if (_count < MaxRetained)
            {
                batch.Next = _first;
                _first = batch;
                _count++;
            }
        }
    }
}
