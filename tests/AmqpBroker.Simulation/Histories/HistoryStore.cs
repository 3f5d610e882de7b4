using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Storage;
using AmqpBroker.Testing;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A file journal on a simulated disk, with the faults of a machine, and with those of a broken store if a mutant is given.</summary>
internal sealed class HistoryStore : TestStore
{
    private readonly SimulatedFileSystem _disk;
    private readonly Mutant _mutant;
    private readonly FileJournal _journal;

    internal HistoryStore(int seed, Mutant mutant)
        : this(new SimulatedFileSystem(seed), mutant, Unheard.Instance)
    {
    }

    private HistoryStore(SimulatedFileSystem disk, Mutant mutant, IJournalReplay replay)
    {
        _disk = disk;
        _mutant = mutant;
        _journal = Open(disk, mutant, mutant.Replay(replay));
        Journal = mutant.Journal(_journal);
    }

    internal override IJournal Journal { get; }

    /// <summary>The calls to the disk so far that change something.</summary>
    internal long Calls => _disk.Calls;

    /// <summary>The next crash is that of the process alone: what it wrote is there.</summary>
    internal bool IsKilled { get; set; }

    /// <summary>At the next start the power goes again after this many calls; null: it does not.</summary>
    internal int? StartFailsAfter { get; set; }

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

    internal override bool RunReads() => _journal.RunReads();

    internal void FaultAfter(int calls, SimulatedFault fault)
    {
        _disk.Fault = fault;
        _disk.FaultAtCall = _disk.Calls + 1 + calls;
    }

    internal void Heal() => _disk.FaultAtCall = 0;

    internal void LeaveRoom(int bytes) => _disk.CapacityBytes = _disk.Paths.Sum(p => (long)_disk.ReadAll(p).Length) + bytes;

    internal void GiveRoom() => _disk.CapacityBytes = long.MaxValue;

    internal override TestStore Crash(IJournalReplay replay, out bool cleanStop)
    {
        SimulatedFileSystem left = IsKilled ? _disk.Copy() : _disk.Crash();
        if (StartFailsAfter is { } calls)
        {
            left.Fault = SimulatedFault.PowerLoss;
            left.FaultAtCall = 1 + calls;
            try
            {
                Open(left, _mutant, Unheard.Instance);
            }
            catch (Exception e) when (e is SimulatedCrashException or { InnerException: SimulatedCrashException })
            {
                // As it should; with fewer calls than that the power goes after the start.
            }

            left = left.Crash();
        }

        return Next(left, replay, out cleanStop);
    }

    internal override TestStore Reopen(IJournalReplay replay, out bool cleanStop) => Next(_disk, replay, out cleanStop);

    internal override TestStore Copy(IJournalReplay replay) => throw new NotSupportedException("A history needs no second core.");

    private HistoryStore Next(SimulatedFileSystem disk, IJournalReplay replay, out bool cleanStop)
    {
        var next = new HistoryStore(disk, _mutant, replay);
        cleanStop = next._journal.Recovery.CleanStop;
        if (!_mutant.IsOne && next._journal.Recovery.Quarantined.Count > 0)
        {
            throw new ViolationException($"A loss of power looked like damage: {next._journal.Recovery.Quarantined[0]}");
        }

        return next;
    }

    private static FileJournal Open(SimulatedFileSystem disk, Mutant mutant, IJournalReplay replay) => FileJournal.Open(
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
        mutant.Disk(disk),
        replay);

    private sealed class Unheard : IJournalReplay
    {
        internal static readonly Unheard Instance = new();

        public void Image(long stamp, ReadOnlySpan<byte> image)
        {
        }

        public void Record(long position, ReadOnlySpan<byte> record)
        {
        }

        public void Progress(long bytesDone, long bytesTotal)
        {
        }
    }
}
