namespace AmqpBroker.Storage;

/// <summary>What an opening journal found.</summary>
public sealed record RecoveryInfo
{
    /// <summary>Images given to the replay.</summary>
    public long Images { get; init; }

    /// <summary>Batches read after the checkpoint.</summary>
    public long Batches { get; init; }

    /// <summary>Records given to the replay.</summary>
    public long Records { get; init; }

    /// <summary>Bytes of journal replayed, headers included.</summary>
    public long Bytes { get; init; }

    /// <summary>The position from which records were replayed.</summary>
    public long ReplayedFrom { get; init; }

    /// <summary>The epoch of this opening: it rises with every one.</summary>
    public long Epoch { get; init; }

    /// <summary>True when the journal had been closed in order before.</summary>
    public bool CleanStop { get; init; }

    /// <summary>Bytes of an unfinished, never committed tail that were cut off.</summary>
    public long TruncatedTailBytes { get; init; }

    /// <summary>What failed a checksum and was put aside.</summary>
    public IReadOnlyList<QuarantinedRange> Quarantined { get; init; } = [];
}

/// <summary>A part of the store that failed its checksum, was skipped and copied to the quarantine folder.</summary>
/// <param name="File">The name of the file that was damaged, or empty when the bytes are missing altogether.</param>
/// <param name="Position">The logical position for a part of the journal, the offset in the file for other files.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record QuarantinedRange(string File, long Position, long Length, string Reason);
