using AmqpBroker.Storage;

namespace AmqpBroker.Simulation;

/// <summary>
/// A journal whose readings are done when they are asked for. What a command causes is in the journal when it ends then, and
/// mostly in one batch: the model knows what any crash leaves.
/// </summary>
internal sealed class ReadingAtOnce(FileJournal journal) : IJournal
{
    public long NextPosition => journal.NextPosition;

    public bool HasRoom => journal.HasRoom;

    public bool HasReserve => journal.HasReserve;

    public long CommittedPosition => journal.CommittedPosition;

    public long BytesSinceCheckpoint => journal.BytesSinceCheckpoint;

    public JournalBatch Begin() => journal.Begin();

    public void Append(JournalBatch batch) => journal.Append(batch);

    public void Subscribe(ICommitListener listener) => journal.Subscribe(listener);

    public void ReadAt(long position, Span<byte> destination) => journal.ReadAt(position, destination);

    public void ReadRecords(long from, long upTo, JournalRecordVisitor visit) => journal.ReadRecords(from, upTo, visit);

    public void ReadLater(IJournalRead read) => read.Run(this);

    public long RegionOf(long position) => journal.RegionOf(position);

    public void AddLive(long position, long bytes) => journal.AddLive(position, bytes);

    public void RemoveLive(long position, long bytes) => journal.RemoveLive(position, bytes);

    public void ReadUse(List<RegionUse> regions) => journal.ReadUse(regions);

    public ICheckpointWriter BeginCheckpoint() => journal.BeginCheckpoint();

    public void Dispose() => journal.Dispose();
}
