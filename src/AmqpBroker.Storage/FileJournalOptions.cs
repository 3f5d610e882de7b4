namespace AmqpBroker.Storage;

/// <summary>When a batch counts as committed.</summary>
public enum JournalSync
{
    /// <summary>Once it is on the disk: it survives the loss of power.</summary>
    Fsync,

    /// <summary>Once the kernel has it: it survives the end of the process, and a loss of power only by luck.</summary>
    Os,
}

/// <summary>How a <see cref="FileJournal"/> works.</summary>
public sealed class FileJournalOptions
{
    /// <summary>The smallest segment file, which the tests use.</summary>
    public const int SmallestSegmentBytes = 16 * 1024;

    /// <summary>The directory of this journal alone; made if need be.</summary>
    public required string Directory { get; init; }

    /// <summary>When a batch counts as committed.</summary>
    public JournalSync Sync { get; init; } = JournalSync.Fsync;

    /// <summary>Bytes appended and not yet written beyond which <see cref="IJournal.HasRoom"/> is false. Bounds memory when the disk is slow.</summary>
    public long MaxUnwrittenBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes on top of those for what brings no messages: two million acknowledgements and more, so that consumers drain their
    /// queues while a full disk holds back publishers.
    /// </summary>
    public long UnwrittenReserveBytes { get; init; } = 64L << 20;

    /// <summary>The most bytes one group writes before its sync: bounds how long the first of them waits for the last.</summary>
    public long MaxGroupBytes { get; init; } = 8L << 20;

    /// <summary>The size of the first segment file: what an idle virtual host costs on the disk.</summary>
    public long FirstSegmentBytes { get; init; } = 1L << 20;

    /// <summary>The size up to which segment files double: large enough that a change of segment is rare.</summary>
    public long MaxSegmentBytes { get; init; } = 64L << 20;

    /// <summary>Empty segment files kept for use; what is beyond that is deleted.</summary>
    public int MaxSpareSegments { get; init; } = 6;

    /// <summary>How long a lazy batch may wait for its sync when no other group comes.</summary>
    public TimeSpan LazySyncDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a write that found the disk full is tried again.</summary>
    public TimeSpan DiskFullRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long closing waits for what is still to be written; a full disk would hold it for ever.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Images of a checkpoint that are collected and not yet written: enough to keep the disk busy, little enough not to matter.</summary>
    public int CheckpointBufferBytes { get; init; } = 8 << 20;

    /// <summary>The threads to work on; those of the process if null.</summary>
    public DiskThreads? Threads { get; init; }

    /// <summary>True: no threads; work happens only in <see cref="FileJournal.RunOneGroup"/> and <see cref="FileJournal.RunBackground"/>.</summary>
    public bool ManualStepping { get; init; }

    /// <summary>Told once of each place that is found damaged after the opening; any thread. What the opening finds is in <see cref="RecoveryInfo.Quarantined"/>.</summary>
    public Action<QuarantinedRange>? DamageFound { get; init; }

    /// <summary>The identity given to a journal that is made new; random if null. For runs that must be reproducible.</summary>
    public ulong? NewJournalId { get; init; }
}
