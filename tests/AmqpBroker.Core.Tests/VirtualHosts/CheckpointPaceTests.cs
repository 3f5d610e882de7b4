using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>A checkpoint waits for a disk that is slower than the lane, and one that the disk refuses is forgotten.</summary>
public sealed class CheckpointPaceTests
{
    [Fact]
    public void A_checkpoint_waits_without_running_until_there_is_room()
    {
        var journal = new PacedJournal { HasCheckpointRoom = false };
        using var broker = new TestBroker(new PacedStore(journal), new ManualClock());
        Fill(broker);
        Assert.Equal(1, journal.Begun);
        Assert.InRange(journal.Asked, 1, 100);
        Assert.Equal(0, journal.Completed);

        journal.HasCheckpointRoom = true;
        journal.Listener!.CheckpointRoomAvailable();
        broker.RunScheduled();
        Assert.Equal(1, journal.Completed);
        journal.Listener.CheckpointRoomAvailable();
        broker.RunScheduled();
        Assert.Equal((1, 1), (journal.Begun, journal.Completed));
    }

    [Fact]
    public void After_one_that_was_given_up_another_is_tried_when_the_journal_has_grown()
    {
        var journal = new PacedJournal { HasCheckpointRoom = false };
        using var broker = new TestBroker(new PacedStore(journal), new ManualClock());
        Fill(broker);
        journal.HasCheckpointRoom = true;
        journal.Listener!.CheckpointFailed(new IOException("no room"));
        broker.RunScheduled();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Publish("q", "one more", persistent: true);
        Assert.Equal((1, 0), (journal.Begun, journal.Completed));
        channel.Publish("q", new string('b', 20_000), persistent: true);
        Assert.Equal((2, 1), (journal.Begun, journal.Completed));
    }

    [Fact]
    public void A_queue_with_many_messages_is_written_part_by_part_with_traffic_in_between()
    {
        var limits = new VirtualHostLimits { ImagePartBytes = 1000 };
        using var broker = new TestBroker(new MemoryStore(new MemoryJournal()), new ManualClock(), limits, checkpointBytes: long.MaxValue);
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        for (int i = 0; i < 1000; i++)
        {
            channel.Publish("q", $"m{i}", persistent: true);
        }

        var checkpoint = new Checkpoint(broker.Host, broker.Journal);
        int turns = 1;
        for (; !checkpoint.Continue(); turns++)
        {
            // What is written already goes, what is not yet goes, and more comes.
            channel.Get("q", noAck: true);
            channel.Publish("q", $"m{999 + turns}", persistent: true);
            channel.Reject(channel.Take("q"), requeue: true);
        }

        Assert.InRange(turns, 5, 100);
        broker.Sync();
        TestBroker again = broker.Restart();
        Assert.Equal(Enumerable.Range(turns - 1, 1000).Select(static i => $"m{i}"), again.Connect().OpenChannel().Drain("q"));
        again.Dispose();
    }

    private static void Fill(TestBroker broker)
    {
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        for (int i = 0; i < 10; i++)
        {
            channel.Publish("q", new string('b', 1000), persistent: true);
        }
    }

    private sealed class PacedStore(PacedJournal journal) : TestStore
    {
        internal override IJournal Journal => journal;

        internal override bool RunOneGroup() => false;

        internal override bool RunReads() => false;

        internal override TestStore Crash(IJournalReplay replay, out bool cleanStop) => throw new NotSupportedException();

        internal override TestStore Copy(IJournalReplay replay) => throw new NotSupportedException();
    }

    /// <summary>A journal in memory whose checkpoints go as fast as the test says, and never become durable.</summary>
    private sealed class PacedJournal : IJournal, ICheckpointWriter
    {
        private readonly MemoryJournal _inner = new();

        public ICommitListener? Listener { get; private set; }

        public bool HasCheckpointRoom { get; set; }

        public int Begun { get; private set; }

        public int Asked { get; private set; }

        public int Completed { get; private set; }

        public long NextPosition => _inner.NextPosition;

        public long CommittedPosition => _inner.CommittedPosition;

        public long BytesSinceCheckpoint => _inner.BytesSinceCheckpoint;

        bool IJournal.HasRoom => true;

        bool ICheckpointWriter.HasRoom
        {
            get
            {
                Asked++;
                return HasCheckpointRoom;
            }
        }

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

        public ICheckpointWriter BeginCheckpoint()
        {
            Begun++;
            return this;
        }

        public void Add(long stamp, ReadOnlySpan<byte> image)
        {
        }

        public void Complete() => Completed++;

        public void Abandon()
        {
        }

        public void Dispose() => _inner.Dispose();
    }
}
