namespace AmqpBroker.Storage;

/// <summary>The sizes of a batch, as FORMAT.md states them.</summary>
internal static class BatchLayout
{
    /// <summary>A batch starts with a header of this size.</summary>
    public const int HeaderBytes = 64;

    /// <summary>A record starts with its length in this many bytes.</summary>
    public const int RecordPrefixBytes = 4;

    /// <summary>
    /// A batch of this size is full: the lane appends it. Large enough to share a header, small enough to overlap with the
    /// disk; two pooled blocks, with some room for the last record.
    /// </summary>
    public const int TargetBytes = (2 * ChunkPool.ChunkBytes) - 8192;

    /// <summary>The most a batch may hold: its length is a 32-bit number, and two of them must be countable in one.</summary>
    public const long MaxBytes = 1L << 30;
}
