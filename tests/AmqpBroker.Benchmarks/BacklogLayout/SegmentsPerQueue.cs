namespace AmqpBroker.Benchmarks.BacklogLayout;

/// <summary>(B) Survivors of a full journal segment are copied to segment files of their queues; the journal is recycled.</summary>
internal sealed class SegmentsPerQueue(SpikeDisk disk, int queues) : Layout(disk, queues, zeroFirst: true)
{
    private const int QueueSegmentBytes = 16 << 20;
    private readonly Tail[] _tails = [.. Enumerable.Range(0, queues).Select(_ => new Tail())];
    private byte[]? _image;

    protected override void MoveOut(StoreFile segment) => CopyOn(segment);

    protected override void CopyOn(StoreFile file)
    {
        // One sequential read; a segment just written comes from the page cache.
        _image ??= new byte[SegmentBytes];
        file.Disk.Read(_image.AsSpan(0, file.Used), 0);
        foreach ((int queue, int index) in file.Entries)
        {
            ref Entry entry = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Queues[queue])[index];
            if (entry.Gone)
            {
                continue;
            }
            Tail tail = _tails[queue];
            if (tail.File is null || tail.File.Used + tail.Buffered + HeaderBytes + BodyBytes > QueueSegmentBytes)
            {
                tail.Flush();
                if (tail.File is not null)
                {
                    tail.File.Disk.Sync();
                    tail.File.Sealed = true;
                }
                tail.File = new StoreFile(Disk.Create());
                Bodies.Add(tail.File);
            }
            int offset = tail.Add(_image.AsSpan(entry.Offset, BodyBytes));
            entry.File = tail.File;
            entry.Offset = offset;
            tail.File.Entries.Add((queue, index));
            tail.File.LiveEntries++;
        }
        foreach (Tail tail in _tails)
        {
            if (tail.Flush())
            {
                tail.File!.Disk.Sync();
            }
        }
        GiveBack(file);
    }

    private sealed class Tail
    {
        private readonly byte[] _buffer = new byte[256 * 1024];

        public StoreFile? File;
        public int Buffered;
        private bool _dirty;

        public int Add(ReadOnlySpan<byte> body)
        {
            if (Buffered + HeaderBytes + body.Length > _buffer.Length)
            {
                Write();
            }
            _buffer.AsSpan(Buffered, HeaderBytes).Clear();
            body.CopyTo(_buffer.AsSpan(Buffered + HeaderBytes));
            int offset = File!.Used + Buffered + HeaderBytes;
            Buffered += HeaderBytes + body.Length;
            return offset;
        }

        public bool Flush()
        {
            Write();
            bool dirty = _dirty;
            _dirty = false;
            return dirty;
        }

        private void Write()
        {
            if (Buffered > 0)
            {
                File!.Disk.Write(_buffer.AsSpan(0, Buffered), File.Used);
                File.Used += Buffered;
                Buffered = 0;
                _dirty = true;
            }
        }
    }
}
