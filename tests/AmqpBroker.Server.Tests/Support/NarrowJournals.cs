using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>Journals in memory that have room when the test says so.</summary>
internal sealed class NarrowJournals : IJournalFactory
{
    private readonly List<NarrowJournal> _journals = [];
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasRoom = true;
    private volatile bool _hasReserve = true;

    /// <summary>What acknowledgements and the like need.</summary>
    public bool HasReserve
    {
        set => _hasReserve = value;
    }

    /// <summary>What publishes need.</summary>
    public bool HasRoom
    {
        set
        {
            _hasRoom = value;
            if (value)
            {
                _journals.ForEach(static j => j.Listener?.RoomAvailable());
            }
        }
    }

    /// <summary>Somebody was told that there is no room.</summary>
    public Task Refused => _refused.Task;

    public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        cleanStop = true;
        var journal = new NarrowJournal(this);
        _journals.Add(journal);
        return journal;
    }

    private bool Answer(bool hasRoom)
    {
        if (!hasRoom)
        {
            _refused.TrySetResult();
        }

        return hasRoom;
    }

    private sealed class NarrowJournal(NarrowJournals owner) : IJournal
    {
        private readonly MemoryJournal _inner = new();

        public ICommitListener? Listener { get; private set; }

        public long NextPosition => _inner.NextPosition;

        public bool HasRoom => owner.Answer(owner._hasRoom);

        public bool HasReserve => owner.Answer(owner._hasReserve);

        public long CommittedPosition => _inner.CommittedPosition;

        public long BytesSinceCheckpoint => _inner.BytesSinceCheckpoint;

        public JournalBatch Begin() => _inner.Begin();

        public void Append(JournalBatch batch) => _inner.Append(batch);

        public void Subscribe(ICommitListener listener)
        {
            Listener = listener;
            _inner.Subscribe(listener);
        }

        public void ReadAt(long position, Span<byte> destination) => _inner.ReadAt(position, destination);

        public void ReadRecords(long from, long upTo, JournalRecordVisitor visit) => _inner.ReadRecords(from, upTo, visit);

        public void ReadLater(IJournalRead read) => _inner.ReadLater(read);

        public long RegionOf(long position) => _inner.RegionOf(position);

        public void AddLive(long position, long bytes) => _inner.AddLive(position, bytes);

        public void RemoveLive(long position, long bytes) => _inner.RemoveLive(position, bytes);

        public ICheckpointWriter BeginCheckpoint() => _inner.BeginCheckpoint();

        public void Dispose() => _inner.Dispose();
    }
}
