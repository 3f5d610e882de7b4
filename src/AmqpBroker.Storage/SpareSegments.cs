namespace AmqpBroker.Storage;

/// <summary>
/// Segment files that are ready for use: full of zeros and synced, or used before and blanked. Overwriting them in place
/// changes no metadata, so a sync costs one disk write. At least two are kept ready while the disk has room; when it has
/// none, they are what is kept back for acknowledgements and deletes.
/// </summary>
internal sealed class SpareSegments(IFileSystem fileSystem, FileJournalOptions options)
{
    /// <summary>Zeros are written and synced in steps of this size, so that a commit waits for no more.</summary>
    private const int ZeroStepBytes = 1 << 20;

    /// <summary>The header block and the page with the first batch's header: without them a file says nothing.</summary>
    private const int BlankBytes = 2 * SegmentHeader.Bytes;

    /// <summary>One is taken into use, one stays for the case that no more can be made.</summary>
    private const int MinReady = 2;

    private static readonly byte[] Zeros = GC.AllocateArray<byte>(ZeroStepBytes, pinned: true);
    private readonly Lock _gate = new();
    private readonly Queue<SegmentFile> _ready = new();
    private long _nextNumber = 1;
    private long _wantedBytes = options.FirstSegmentBytes;

    /// <summary>The size new files get.</summary>
    public long WantedBytes => Volatile.Read(ref _wantedBytes);

    /// <summary>Spare files, in use or not.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>The bytes of the spare files.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _ready.Sum(f => f.Bytes);
            }
        }
    }

    /// <summary>Notes a file found at the opening, so that its number is not given again.</summary>
    public void NoteNumber(long number) => _nextNumber = Math.Max(_nextNumber, number + 1);

    /// <summary>A segment of that size is in use: the next ones are twice as large.</summary>
    public void Grow(long inUseBytes) =>
        Volatile.Write(ref _wantedBytes, Math.Min(options.MaxSegmentBytes, Math.Max(WantedBytes, inUseBytes * 2)));

    /// <summary>Gives a file of at least that size, or null. Never blocks on the disk.</summary>
    public SegmentFile? TryTake(long minimumBytes)
    {
        lock (_gate)
        {
            // Usually the first fits; one that does not goes to the end.
            for (int i = _ready.Count; i > 0; i--)
            {
                SegmentFile file = _ready.Dequeue();
                if (file.Bytes >= minimumBytes)
                {
                    return file;
                }

                _ready.Enqueue(file);
            }

            return null;
        }
    }

    /// <summary>
    /// Makes spare files until enough are ready. Blocks on the disk. Full of zeros if <paramref name="zeroed"/> says so, else
    /// only their room is reserved: zeros double what the disk has to do, and large groups gain little from them.
    /// </summary>
    /// <exception cref="DiskFullException">There is no room for another.</exception>
    public void Refill(Func<bool> zeroed)
    {
        while (Count < MinReady)
        {
            Add(CreateThatFits(zeroed()));
        }
    }

    /// <summary>Where there is no room for one of the wanted size, the smallest will do: it is what the disk is full for otherwise.</summary>
    private SegmentFile CreateThatFits(bool zeroed)
    {
        try
        {
            return Create(WantedBytes, zeroed);
        }
        catch (DiskFullException) when (WantedBytes > options.FirstSegmentBytes)
        {
            return Create(options.FirstSegmentBytes, zeroed);
        }
    }

    /// <summary>Takes a file that nobody needs any more. Blocks on the disk.</summary>
    public void Recycle(SegmentFile file)
    {
        if (Count < options.MaxSpareSegments && file.Bytes >= WantedBytes && file.Bytes <= options.MaxSegmentBytes)
        {
            file.File.Write(0, Zeros.AsSpan(0, BlankBytes));
            file.File.Sync();
            Add(file);
            return;
        }

        file.File.Dispose();
        fileSystem.Delete(Path.Combine(options.Directory, file.Name));
    }

    /// <summary>True when neither a segment's header nor a first batch is there: the rest of the file has no meaning then.</summary>
    public static bool IsBlank(IFile file)
    {
        byte[] start = new byte[BlankBytes];
        return !start.AsSpan(0, file.Read(0, start)).ContainsAnyExcept((byte)0);
    }

    /// <summary>Adds a file that is blank and synced.</summary>
    public void Add(SegmentFile file)
    {
        lock (_gate)
        {
            _ready.Enqueue(file);
        }
    }

    /// <summary>Makes a new file, its name, its size and its room on the disk durable; full of zeros if asked for.</summary>
    public SegmentFile Create(long bytes, bool zeroed)
    {
        string name = StoreNames.Segment(Interlocked.Increment(ref _nextNumber) - 1);
        string path = Path.Combine(options.Directory, name);
        string unfinished = path + StoreNames.Unfinished;
        IFile file = fileSystem.Open(unfinished, create: true);
        try
        {
            if (zeroed)
            {
                WriteZeros(file, bytes);
            }
            else
            {
                file.Allocate(bytes);
                file.Sync();
            }

            fileSystem.Rename(unfinished, path);
            fileSystem.SyncDirectory(options.Directory);
            return new SegmentFile(name, file, bytes);
        }
        catch (IOException)
        {
            file.Dispose();
            if (fileSystem.FileExists(unfinished))
            {
                fileSystem.Delete(unfinished);
            }

            throw;
        }
    }

    private static void WriteZeros(IFile file, long bytes)
    {
        for (long offset = 0; offset < bytes; offset += ZeroStepBytes)
        {
            file.Write(offset, Zeros.AsSpan(0, (int)Math.Min(ZeroStepBytes, bytes - offset)));
            file.Sync();
        }
    }

    /// <summary>Closes the spare files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            while (_ready.TryDequeue(out SegmentFile? file))
            {
                file.File.Dispose();
            }
        }
    }
}
