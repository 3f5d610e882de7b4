using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A journal's interface, for a mutant to change one member of.</summary>
internal class MutantJournal(IJournal journal) : IJournal
{
    protected IJournal Inner { get; } = journal;

    public long NextPosition => Inner.NextPosition;

    public bool HasRoom => Inner.HasRoom;

    public bool HasReserve => Inner.HasReserve;

    public virtual long CommittedPosition => Inner.CommittedPosition;

    public long BytesSinceCheckpoint => Inner.BytesSinceCheckpoint;

    public JournalBatch Begin() => Inner.Begin();

    public virtual void Append(JournalBatch batch) => Inner.Append(batch);

    public virtual void Subscribe(ICommitListener listener) => Inner.Subscribe(listener);

    public virtual void ReadAt(long position, Span<byte> destination) => Inner.ReadAt(position, destination);

    public virtual void ReadRecords(long from, long upTo, JournalRecordVisitor visit) => Inner.ReadRecords(from, upTo, visit);

    public void ReadLater(IJournalRead read) => Inner.ReadLater(new ReadHere(read, this));

    public long RegionOf(long position) => Inner.RegionOf(position);

    public virtual void AddLive(long position, long bytes) => Inner.AddLive(position, bytes);

    public virtual void RemoveLive(long position, long bytes) => Inner.RemoveLive(position, bytes);

    public virtual ICheckpointWriter BeginCheckpoint() => Inner.BeginCheckpoint();

    public void Dispose() => Inner.Dispose();

    private sealed class ReadHere(IJournalRead read, IJournal here) : IJournalRead
    {
        public void Run(IJournal journal) => read.Run(here);
    }
}

/// <summary>A recovery's interface, for a mutant to change one member of.</summary>
internal class MutantReplay(IJournalReplay replay) : IJournalReplay
{
    public virtual void Image(long stamp, ReadOnlySpan<byte> image) => replay.Image(stamp, image);

    public virtual void Record(long position, ReadOnlySpan<byte> record) => replay.Record(position, record);

    public void Progress(long bytesDone, long bytesTotal) => replay.Progress(bytesDone, bytesTotal);
}
