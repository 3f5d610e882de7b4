using System.Buffers.Binary;

namespace AmqpBroker.Benchmarks.BacklogLayout;

/// <summary>Where a queue's message is; the memory image of an index entry.</summary>
internal struct Entry
{
    public StoreFile File;
    public int Offset;
    public bool Gone;
}

/// <summary>A file with bodies: journal segment, sealed body file, or segment of one queue.</summary>
internal sealed class StoreFile(SpikeFile disk)
{
    public readonly SpikeFile Disk = disk;
    public readonly List<(int Queue, int Index)> Entries = [];
    public int Used;
    public int LiveEntries;
    public bool Sealed;
}

/// <summary>
/// What both layouts share: the journal that publishes go through first, the queues' entries, reading in windows.
/// </summary>
internal abstract class Layout
{
    public const int SegmentBytes = 64 << 20;
    protected const int BodyBytes = 1024;
    protected const int HeaderBytes = 32;
    protected const int IndexEntryBytes = 32;
    private const int BatchBytes = 1 << 20;
    private const int JournalSegments = 3;
    private const int WindowMessages = 256;
    private const int ReadGapBytes = 16 * 1024;
    private const int LiveShareToCopy = 3;
    private static readonly byte[] s_zeros = new byte[BatchBytes];
    private readonly bool _zeroFirst;
    private readonly byte[] _batch = new byte[BatchBytes];
    private readonly byte[] _body = new byte[BodyBytes];
    private const int WindowBytes = 1 << 20;
    private readonly byte[][] _windows = [.. Enumerable.Range(0, 4).Select(_ => new byte[WindowBytes])];
    private readonly List<(StoreFile File, int From, int To)> _spans = [];
    private readonly Queue<StoreFile> _full = new();
    private readonly Stack<SpikeFile> _recycled = new();
    private readonly SpikeFile[] _bitmaps;
    private StoreFile _segment;
    private int _batchUsed;

    protected Layout(SpikeDisk disk, int queues, bool zeroFirst)
    {
        Disk = disk;
        _zeroFirst = zeroFirst;
        Queues = [.. Enumerable.Range(0, queues).Select(_ => new List<Entry>())];
        _bitmaps = [.. Queues.Select(_ => disk.Create())];
        Random.Shared.NextBytes(_body);
        _segment = new StoreFile(NewSegment());
    }

    public List<double> CommitSeconds { get; } = [];

    /// <summary>Threads that read a window whose messages lie apart.</summary>
    protected int Readers { get; init; } = 1;

    protected SpikeDisk Disk { get; }

    protected List<Entry>[] Queues { get; }

    /// <summary>One body, an entry in each of the queues [first, first + count).</summary>
    public void Publish(int first, int count)
    {
        int bytes = HeaderBytes + BodyBytes + (count > 1 ? 4 * count : 0);
        if (_batchUsed + bytes > BatchBytes)
        {
            Commit();
        }
        if (_segment.Used + _batchUsed + bytes > SegmentBytes)
        {
            Commit();
            _full.Enqueue(_segment);
            _segment = new StoreFile(NewSegment());
            while (_full.Count > JournalSegments)
            {
                MoveOut(_full.Dequeue());
            }
        }
        Span<byte> record = _batch.AsSpan(_batchUsed, bytes);
        record[..HeaderBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, bytes);
        _body.CopyTo(record[HeaderBytes..]);
        int offset = _segment.Used + _batchUsed + HeaderBytes;
        for (int q = first; q < first + count; q++)
        {
            _segment.Entries.Add((q, Queues[q].Count));
            _segment.LiveEntries++;
            Queues[q].Add(new Entry { File = _segment, Offset = offset });
        }
        _batchUsed += bytes;
    }

    /// <summary>Everything out of the journal: the whole backlog is then in the layout's own place.</summary>
    public void MoveAllOut()
    {
        Commit();
        _full.Enqueue(_segment);
        _segment = new StoreFile(NewSegment());
        while (_full.Count > 0)
        {
            MoveOut(_full.Dequeue());
        }
    }

    /// <summary>What a checkpoint would write and sync.</summary>
    public virtual void Checkpoint()
    {
    }

    /// <summary>Each message left goes with the given chance, all over the backlog.</summary>
    public void Expire(double share, Random random)
    {
        for (int q = 0; q < Queues.Length; q++)
        {
            Span<Entry> entries = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Queues[q]);
            for (int i = 0; i < entries.Length; i++)
            {
                if (!entries[i].Gone && random.NextDouble() < share)
                {
                    Remove(ref entries[i]);
                }
            }
            WriteBitmap(q, 0, entries.Length);
        }
        Disk.Syncs++; // the bitmaps ride with the next checkpoint: one sync each would be unfair to both
        CopySparse();
    }

    /// <summary>Reads and acks a window of the queue from its head on; false when it is empty.</summary>
    public bool DrainWindow(int queue, ref int at)
    {
        Span<Entry> entries = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Queues[queue]);
        int first = at;
        int count = 0;
        _spans.Clear();
        StoreFile? file = null;
        int from = 0;
        int to = 0;
        for (; at < entries.Length && count < WindowMessages; at++)
        {
            ref Entry entry = ref entries[at];
            if (entry.Gone)
            {
                continue;
            }
            if (!ReferenceEquals(file, entry.File) || entry.Offset - to > ReadGapBytes || entry.Offset < from || entry.Offset + BodyBytes - from > WindowBytes)
            {
                AddSpan(file, from, to);
                file = entry.File;
                from = entry.Offset;
            }
            to = entry.Offset + BodyBytes;
            count++;
        }
        AddSpan(file, from, to);
        ReadSpans();
        for (int i = first; i < at; i++)
        {
            if (!entries[i].Gone)
            {
                Remove(ref entries[i]);
            }
        }
        WriteBitmap(queue, first, at);
        return at < entries.Length;
    }

    public void CopySparse()
    {
        foreach (StoreFile file in Bodies.ToArray())
        {
            // A file that is still being filled is nobody's garbage yet.
            if (file.Sealed && file.LiveEntries > 0 && file.LiveEntries * LiveShareToCopy < file.Entries.Count)
            {
                CopyOn(file);
            }
        }
    }

    protected List<StoreFile> Bodies { get; } = [];

    /// <summary>The oldest journal segment is full: what is left in it goes to the layout's own place.</summary>
    protected abstract void MoveOut(StoreFile segment);

    /// <summary>Less than a third of the file lives: its survivors are copied and the file is given back.</summary>
    protected abstract void CopyOn(StoreFile file);

    protected void GiveBack(StoreFile file)
    {
        Bodies.Remove(file);
        if (file.Disk.Size == SegmentBytes && _zeroFirst && _recycled.Count < 2)
        {
            _recycled.Push(file.Disk);
        }
        else
        {
            file.Disk.Delete();
        }
    }

    private void Remove(ref Entry entry)
    {
        entry.Gone = true;
        if (--entry.File.LiveEntries == 0 && entry.File.Sealed)
        {
            GiveBack(entry.File);
        }
    }

    private void AddSpan(StoreFile? file, int from, int to)
    {
        if (file is not null)
        {
            _spans.Add((file, from, to));
        }
    }

    private void ReadSpans()
    {
        if (Readers > 1 && _spans.Count > Readers)
        {
            Parallel.For(0, Readers, new ParallelOptions { MaxDegreeOfParallelism = Readers }, reader =>
            {
                for (int i = reader; i < _spans.Count; i += Readers)
                {
                    (StoreFile file, int from, int to) = _spans[i];
                    file.Disk.Read(_windows[reader].AsSpan(0, to - from), from);
                }
            });
            return;
        }
        foreach ((StoreFile file, int from, int to) in _spans)
        {
            file.Disk.Read(_windows[0].AsSpan(0, to - from), from);
        }
    }

    private void WriteBitmap(int queue, int first, int end) =>
        _bitmaps[queue].Write(s_zeros.AsSpan(0, (end - first) / 8 + 1), first / 8);

    private void Commit()
    {
        if (_batchUsed == 0)
        {
            return;
        }
        BinaryPrimitives.WriteUInt64LittleEndian(_batch.AsSpan(8), System.IO.Hashing.XxHash3.HashToUInt64(_batch.AsSpan(16, _batchUsed - 16)));
        _segment.Disk.Write(_batch.AsSpan(0, _batchUsed), _segment.Used);
        CommitSeconds.Add(_segment.Disk.Sync());
        _segment.Used += _batchUsed;
        _batchUsed = 0;
    }

    private SpikeFile NewSegment()
    {
        if (_recycled.TryPop(out SpikeFile? recycled))
        {
            return recycled;
        }
        SpikeFile file = Disk.Create();
        if (_zeroFirst)
        {
            for (long at = 0; at < SegmentBytes; at += s_zeros.Length)
            {
                file.Write(s_zeros, at);
            }
            file.Sync();
        }
        return file;
    }
}
