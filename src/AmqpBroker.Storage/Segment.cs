namespace AmqpBroker.Storage;

/// <summary>A segment file on the disk, whatever it holds.</summary>
/// <param name="Name">Its name in the journal's directory.</param>
/// <param name="File">The open file.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record SegmentFile(string Name, IFile File, long Bytes);

/// <summary>
/// A stretch of the logical log that has a file of its own. The lane plans it when a batch does not fit the one before; the
/// disk thread gives it a file, at the latest when its first batch is written.
/// </summary>
internal sealed class Segment(long start, long fileBytes)
{
    /// <summary>
    /// Kept free of records, for the batches that mark openings and closings: a broker can restart on a full disk.
    /// </summary>
    public const int MarkBytes = 2048;

    private SegmentFile? _file;
    private long _liveBytes;
    private long _neededUntil;

    /// <summary>The logical position of the first byte after the header block.</summary>
    public long Start => start;

    /// <summary>The size the file has, or will have at least.</summary>
    public long FileBytes => fileBytes;

    /// <summary>The file, once it has one.</summary>
    public SegmentFile? File
    {
        get => Volatile.Read(ref _file);
        set => Volatile.Write(ref _file, value);
    }

    /// <summary>Live bytes; written by the lane alone, read by the sweep. Once zero in a segment that is full, it stays zero.</summary>
    public long LiveBytes
    {
        get => Volatile.Read(ref _liveBytes);
        set => Volatile.Write(ref _liveBytes, value);
    }

    /// <summary>
    /// The log must be durable up to here before the segment may go: what took away its last live bytes (an acknowledgement,
    /// say) is itself a record, and while that can be lost, the bytes can come to life again.
    /// </summary>
    public long NeededUntil
    {
        get => Volatile.Read(ref _neededUntil);
        set => Volatile.Write(ref _neededUntil, value);
    }

    /// <summary>Where its batches begin, as far as is known.</summary>
    public BatchStarts Batches { get; } = new();

    /// <summary>The format of what it holds: batches of another have no place in it.</summary>
    public ushort FormatVersion { get; set; } = StoreFormat.Version;

    /// <summary>True once the file starts with this segment's header. Disk thread only.</summary>
    public bool HeaderWritten { get; set; }

    /// <summary>True while something written is not synced. Disk thread only.</summary>
    public bool Unsynced { get; set; }

    /// <summary>Where a logical position stands in the file.</summary>
    public long OffsetOf(long position) => SegmentHeader.Bytes + (position - start);

    /// <summary>The logical position that stands at an offset of the file.</summary>
    public long PositionAt(long offset) => start + offset - SegmentHeader.Bytes;

    /// <summary>True when a batch of records that ends there still fits.</summary>
    public bool FitsRecords(long end) => OffsetOf(end) <= fileBytes - MarkBytes;

    /// <summary>True when a mark that ends there still fits.</summary>
    public bool FitsMark(long end) => OffsetOf(end) <= fileBytes;

    /// <summary>The file size that a batch of that length needs.</summary>
    public static long FileBytesFor(long batchBytes) => SegmentHeader.Bytes + batchBytes + MarkBytes;
}
