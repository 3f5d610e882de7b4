using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Storage;
using AmqpBroker.Testing;

namespace AmqpBroker.Simulation;

/// <summary>A file journal on a simulated disk: a crash leaves what was synced, and of the rest whatever chance leaves.</summary>
internal sealed class DiskStore : TestStore
{
    private readonly SimulatedFileSystem _disk;
    private readonly FileJournal _journal;

    internal DiskStore(int seed)
        : this(new SimulatedFileSystem(seed), NoReplay.Instance)
    {
    }

    private DiskStore(SimulatedFileSystem disk, IJournalReplay replay)
    {
        _disk = disk;
        _journal = FileJournal.Open(
            new FileJournalOptions
            {
                Directory = "/data/vhost",
                ManualStepping = true,

                // A batch for itself: power losses fall between batches of one sync, too.
                MaxGroupBytes = 1,
                FirstSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
                MaxSegmentBytes = 2 * FileJournalOptions.SmallestSegmentBytes,
                // Less than the images of most checkpoints: much happens while they wait.
                CheckpointBufferBytes = 1,
                NewJournalId = 1,
            },
            disk,
            replay);
        Journal = new ReadingAtOnce(_journal);
    }

    internal override IJournal Journal { get; }

    internal override bool RunOneGroup()
    {
        bool worked = _journal.RunOneGroup();
        try
        {
            _journal.RunBackground();
        }
        catch (SimulatedCrashException)
        {
            // While it gave up a checkpoint: the power went before it could tidy up.
            return false;
        }

        return worked || _journal.RunOneGroup();
    }

    internal override bool RunReads() => false;

    internal override TestStore Crash(IJournalReplay replay, out bool cleanStop)
    {
        var next = new DiskStore(_disk.Crash(), replay);
        cleanStop = next._journal.Recovery.CleanStop;
        if (next._journal.Recovery.Quarantined.Count > 0)
        {
            throw new InvalidOperationException("A loss of power looked like damage.");
        }

        return next;
    }

    /// <summary>The power goes after this many calls to the disk.</summary>
    internal void LosePowerAfter(int calls) => FaultAfter(calls, SimulatedFault.PowerLoss);

    /// <summary>The disk gives an input/output error after this many calls.</summary>
    internal void FailAfter(int calls) => FaultAfter(calls, SimulatedFault.InputOutput);

    /// <summary>The fault that was to come does not.</summary>
    internal void Heal() => _disk.FaultAtCall = 0;

    /// <summary>The disk takes this many bytes more, until <see cref="GiveRoom"/>.</summary>
    internal void LeaveRoom(int bytes) => _disk.CapacityBytes = _disk.Paths.Sum(p => (long)_disk.ReadAll(p).Length) + bytes;

    /// <summary>There is room again.</summary>
    internal void GiveRoom() => _disk.CapacityBytes = long.MaxValue;

    internal override TestStore Reopen(IJournalReplay replay, out bool cleanStop)
    {
        var next = new DiskStore(_disk, replay);
        cleanStop = next._journal.Recovery.CleanStop;
        return next;
    }

    private void FaultAfter(int calls, SimulatedFault fault)
    {
        _disk.Fault = fault;
        _disk.FaultAtCall = _disk.Calls + 1 + calls;
    }

    internal override TestStore Copy(IJournalReplay replay) => new DiskStore(_disk.Copy(), replay);

    private sealed class NoReplay : IJournalReplay
    {
        internal static readonly NoReplay Instance = new();

        public void Image(long stamp, ReadOnlySpan<byte> image) => throw new InvalidOperationException("A new disk has no checkpoint.");

        public void Record(long position, ReadOnlySpan<byte> record) => throw new InvalidOperationException("A new disk has no records.");

        public void Progress(long bytesDone, long bytesTotal)
        {
        }
    }
}
