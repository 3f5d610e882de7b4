namespace AmqpBroker.Storage;

/// <summary>A file as it stands below, with what was written since in memory: whole pages, and none for zeros behind its end.</summary>
internal sealed class OverlayFile(IFile? below) : IFile
{
    private const int PageBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly long _lengthBelow = below?.Length ?? 0;
    private long _length = below?.Length ?? 0;

    public long Length
    {
        get
        {
            lock (_gate)
            {
                return _length;
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(_length - offset, 0, destination.Length);
            for (int done = 0; done < count;)
            {
                (long number, long at) = Math.DivRem(offset + done, PageBytes);
                Span<byte> part = destination.Slice(done, (int)Math.Min(PageBytes - at, count - done));
                if (_pages.TryGetValue(number, out byte[]? bytes))
                {
                    bytes.AsSpan((int)at, part.Length).CopyTo(part);
                }
                else
                {
                    ReadBelow(offset + done, part);
                }

                done += part.Length;
            }

            return count;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            for (int done = 0; done < bytes.Length;)
            {
                (long number, long at) = Math.DivRem(offset + done, PageBytes);
                ReadOnlySpan<byte> part = bytes.Slice(done, (int)Math.Min(PageBytes - at, bytes.Length - done));
                if (_pages.TryGetValue(number, out byte[]? page) || offset + done < _lengthBelow || part.ContainsAnyExcept((byte)0))
                {
                    if (page is null)
                    {
                        page = new byte[PageBytes];
                        ReadBelow(number * PageBytes, page);
                        _pages[number] = page;
                    }

                    part.CopyTo(page.AsSpan((int)at));
                }

                done += part.Length;
            }

            _length = Math.Max(_length, offset + bytes.Length);
        }
    }

    public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            Write(offset, piece.Span);
            offset += piece.Length;
        }
    }

    public void Allocate(long length)
    {
        lock (_gate)
        {
            _length = Math.Max(_length, length);
        }
    }

    public void Sync()
    {
        // Nothing of this outlives the process.
    }

    public void Dispose()
    {
        // May be opened again; the descriptor goes with the process's check.
    }

    private void ReadBelow(long offset, Span<byte> destination)
    {
        int count = offset < _lengthBelow ? below!.Read(offset, destination[..(int)Math.Min(destination.Length, _lengthBelow - offset)]) : 0;
        destination[count..].Clear();
    }
}
