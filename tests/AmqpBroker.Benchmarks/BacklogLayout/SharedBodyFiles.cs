namespace AmqpBroker.Benchmarks.BacklogLayout;

/// <summary>
/// (A) Full journal segments stay as body files; queues own index entries only. Tuned: index files are synced by the
/// checkpoint and not by every sealing, survivors are copied grouped by queue, four threads read what lies apart.
/// </summary>
internal sealed class SharedBodyFiles : Layout
{
    private readonly bool _tuned;
    private readonly IndexFile[] _index;
    private readonly byte[] _body = new byte[BodyBytes];
    private readonly byte[] _buffer = new byte[1 << 20];
    private StoreFile? _copies;

    public SharedBodyFiles(SpikeDisk disk, int queues, bool zeroFirst, bool tuned)
        : base(disk, queues, zeroFirst)
    {
        _tuned = tuned;
        _index = [.. Enumerable.Range(0, queues).Select(_ => new IndexFile(disk.Create()))];
        Readers = tuned ? 4 : 1;
    }

    public override void Checkpoint()
    {
        foreach (IndexFile index in _index)
        {
            index.Flush();
        }
    }

    // What is sealed is still the log of its entries: an index not yet synced is rebuilt from it.
    protected override void MoveOut(StoreFile segment)
    {
        segment.Sealed = true;
        if (segment.LiveEntries == 0)
        {
            GiveBack(segment);
            return;
        }
        Bodies.Add(segment);
        WriteIndex(segment.Entries);
        if (segment.LiveEntries * 3 < segment.Entries.Count)
        {
            CopyOn(segment);
        }
    }

    protected override void CopyOn(StoreFile file)
    {
        List<(int Queue, int Index)> moved = [];
        int buffered = 0;
        // A body with several entries is copied once.
        Dictionary<int, int> newOffsets = [];
        if (_tuned)
        {
            file.Entries.Sort();
        }
        foreach ((int queue, int index) in file.Entries)
        {
            ref Entry entry = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Queues[queue])[index];
            if (entry.Gone)
            {
                continue;
            }
            if (!newOffsets.TryGetValue(entry.Offset, out int newOffset))
            {
                if (_copies is null || _copies.Used + buffered + BodyBytes > SegmentBytes || buffered + BodyBytes > _buffer.Length)
                {
                    Flush(ref buffered);
                    if (_copies is null || _copies.Used + BodyBytes > SegmentBytes)
                    {
                        if (_copies is not null)
                        {
                            _copies.Sealed = true;
                        }
                        _copies = new StoreFile(Disk.Create());
                        newOffsets.Clear();
                        Bodies.Add(_copies);
                    }
                }
                newOffset = _copies.Used + buffered;
                newOffsets[entry.Offset] = newOffset;
                file.Disk.Read(_body, entry.Offset);
                _body.CopyTo(_buffer, buffered);
                buffered += BodyBytes;
            }
            entry.File = _copies!;
            entry.Offset = newOffset;
            _copies!.Entries.Add((queue, index));
            _copies.LiveEntries++;
            moved.Add((queue, index));
        }
        Flush(ref buffered);
        _copies!.Disk.Sync();
        WriteIndex(moved);
        GiveBack(file);
    }

    private void Flush(ref int buffered)
    {
        if (buffered > 0)
        {
            _copies!.Disk.Write(_buffer.AsSpan(0, buffered), _copies.Used);
            _copies.Used += buffered;
            buffered = 0;
        }
    }

    private void WriteIndex(List<(int Queue, int Index)> entries)
    {
        foreach ((int queue, int index) in entries)
        {
            if (!Queues[queue][index].Gone)
            {
                _index[queue].Add(index);
            }
        }
        if (!_tuned)
        {
            Checkpoint();
        }
    }

    // Entries of new messages are appended, those of moved ones written anew at the end: both sequential.
    private sealed class IndexFile(SpikeFile file)
    {
        private readonly byte[] _buffer = new byte[64 * IndexEntryBytes];
        private int _used;
        private bool _dirty;

        public void Add(int index)
        {
            if (_used == _buffer.Length)
            {
                Write();
            }
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_used), index);
            _used += IndexEntryBytes;
        }

        public void Flush()
        {
            Write();
            if (_dirty)
            {
                file.Sync();
                _dirty = false;
            }
        }

        private void Write()
        {
            if (_used > 0)
            {
                file.Write(_buffer.AsSpan(0, _used), file.Size);
                _used = 0;
                _dirty = true;
            }
        }
    }
}
