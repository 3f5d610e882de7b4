using AmqpBroker.Storage;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>Where a test's virtual host keeps its journal, and what is left of it after a crash.</summary>
internal abstract class TestStore
{
    internal abstract IJournal Journal { get; }

    /// <summary>What was written so far becomes durable, and background work is done.</summary>
    internal void Sync()
    {
        while (RunOneGroup())
        {
        }
    }

    /// <summary>The next group becomes durable, and background work is done; false when there was nothing to do.</summary>
    internal abstract bool RunOneGroup();

    /// <summary>What was asked for is read from the disk. False when nothing was.</summary>
    internal abstract bool RunReads();

    /// <summary>What a crash leaves, given to <paramref name="replay"/>.</summary>
    internal abstract TestStore Crash(IJournalReplay replay, out bool cleanStop);

    /// <summary>Opens what a journal that was closed in order has left, and gives it to <paramref name="replay"/>.</summary>
    internal virtual TestStore Reopen(IJournalReplay replay, out bool cleanStop) => Crash(replay, out cleanStop);

    /// <summary>A copy of what is durable, given to <paramref name="replay"/>; this store goes on. Disposed by the caller.</summary>
    internal abstract TestStore Copy(IJournalReplay replay);
}

/// <summary>In memory: a crash leaves exactly what was committed.</summary>
internal sealed class MemoryStore(MemoryJournal journal) : TestStore
{
    internal override MemoryJournal Journal { get; } = journal;

    internal override bool RunOneGroup() => Journal.RunOneGroup();

    internal override bool RunReads() => Journal.RunReads();

    internal override TestStore Crash(IJournalReplay replay, out bool cleanStop)
    {
        MemoryJournal next = Journal.Reopen(replay, out RecoveryInfo info);
        cleanStop = info.CleanStop;
        return new MemoryStore(next);
    }

    internal override TestStore Copy(IJournalReplay replay) => Crash(replay, out _);
}
