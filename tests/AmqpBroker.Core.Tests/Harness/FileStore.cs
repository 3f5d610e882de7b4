using AmqpBroker.Storage;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>In files of the machine, with small segments; a crash leaves what was written. Stepped.</summary>
internal sealed class FileStore : TestStore
{
    private readonly FileJournal _journal;

    internal FileStore(string directory, IJournalReplay replay)
    {
        Directory = directory;
        _journal = FileJournal.Open(
            new FileJournalOptions
            {
                Directory = directory,
                Sync = JournalSync.Os,
                ManualStepping = true,
                FirstSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
                MaxSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
            },
            FileSystems.Machine,
            replay);
    }

    internal string Directory { get; }

    internal RecoveryInfo Recovery => _journal.Recovery;

    internal override IJournal Journal => _journal;

    /// <summary>What the segments take on the disk, spare ones included.</summary>
    internal long DiskBytes => _journal.DiskBytes;

    internal override bool RunOneGroup()
    {
        bool worked = _journal.RunOneGroup();
        _journal.RunBackground();
        return worked || _journal.RunOneGroup();
    }

    internal override bool RunReads() => _journal.RunReads();

    internal override TestStore Crash(IJournalReplay replay, out bool cleanStop)
    {
        _journal.Dispose();
        Damage?.Invoke();
        var next = new FileStore(Directory, replay);
        cleanStop = next.Recovery.CleanStop;
        return next;
    }

    /// <summary>What happens to the files between the stop and the start.</summary>
    internal Action? Damage { get; set; }

    internal override TestStore Copy(IJournalReplay replay) => throw new NotSupportedException();
}
