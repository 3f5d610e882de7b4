namespace AmqpBroker.Storage;

/// <summary>
/// Where batches begin in a segment, one for every 64 KiB of its file: from the nearest one below a position its batch is
/// found by going from header to header. 4 KiB for the largest segment, however small its batches are.
/// Any thread notes and looks; all that is ever noted of a stretch is right.
/// </summary>
internal sealed class BatchStarts
{
    private const int StrideShift = 16;

    private uint[] _offsets = [];

    /// <summary>Notes that a batch begins at a file offset.</summary>
    public void Note(long offset)
    {
        int stride = (int)(offset >> StrideShift);
        uint[] offsets = Volatile.Read(ref _offsets);
        if (stride >= offsets.Length)
        {
            // Two that grow it at once lose a note of one of them: that costs a longer way, nothing else.
            Array.Resize(ref offsets, Math.Max(stride + 1, offsets.Length * 2));
            Volatile.Write(ref _offsets, offsets);
        }

        if (offsets[stride] == 0)
        {
            Volatile.Write(ref offsets[stride], (uint)offset);
        }
    }

    /// <summary>A batch that begins at or below a file offset, as near as is known; at first the segment's first.</summary>
    public long AtOrBelow(long offset)
    {
        uint[] offsets = Volatile.Read(ref _offsets);
        for (int stride = (int)Math.Min(offset >> StrideShift, offsets.Length - 1); stride >= 0; stride--)
        {
            uint start = Volatile.Read(ref offsets[stride]);
            if (start != 0 && start <= offset)
            {
                return start;
            }
        }

        return SegmentHeader.Bytes;
    }
}
