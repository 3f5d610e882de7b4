using System.Buffers;

namespace AmqpBroker.Server.Connections;

/// <summary>
/// The bytes received and not yet parsed, in one contiguous block, so that a frame is parsed where it lies. An idle
/// connection holds no block; one that waits for the rest of a frame holds one of the rest's size. One thread at a time.
/// </summary>
internal sealed class ReceiveBuffer
{
    /// <summary>The block of a connection that sends little.</summary>
    public const int SmallBytes = 16 * 1024;

    /// <summary>The block of a connection that fills its blocks: fewer receives, and still some thousand commands at most in a batch.</summary>
    public const int LargeBytes = 128 * 1024;

    /// <summary>The block of a rest that waits for its frame to go on.</summary>
    private const int ParkedBytes = 4 * 1024;

    private byte[]? _block;
    private int _start;
    private int _end;
    private int _wanted = SmallBytes;
    private int _needed;

    /// <summary>Received and not yet consumed.</summary>
    public ReadOnlySpan<byte> Unread => _block.AsSpan(_start, _end - _start);

    /// <summary>Whether memory is held at all.</summary>
    public bool HoldsBlock => _block is not null;

    /// <summary>The last receive filled its space: more is likely to be there already.</summary>
    public bool LastWasFull { get; private set; }

    /// <summary>The first <paramref name="bytes"/> unread ones are done with.</summary>
    public void Consume(int bytes) => _start += bytes;

    /// <summary>A frame of <paramref name="bytes"/> in all has begun: the next space has room for it.</summary>
    public void Expect(int bytes) => _needed = bytes;

    /// <summary>Space to receive into; at least as much as the expected frame lacks.</summary>
    public Memory<byte> Space()
    {
        int unread = _end - _start;
        int size = Math.Max(Math.Max(_wanted, _needed), unread + 1);
        if (_block is null || _block.Length < size)
        {
            Move(size);
        }
        else if (_start > 0 && (unread == 0 || _block.Length - _start < size))
        {
            Unread.CopyTo(_block);
            _end = unread;
            _start = 0;
        }

        return _block.AsMemory(_end);
    }

    /// <summary>Bytes were received into the space.</summary>
    public void Received(int bytes)
    {
        LastWasFull = bytes == _block!.Length - _end;
        _wanted = LastWasFull ? LargeBytes : bytes < SmallBytes / 2 ? SmallBytes : _wanted;
        _end += bytes;
        _needed = 0;
    }

    /// <summary>A wait of unknown length begins: gives back what is not needed for it.</summary>
    public void Park()
    {
        int unread = _end - _start;
        if (_block is null)
        {
            return;
        }

        if (unread == 0)
        {
            Return();
        }
        else if (unread <= ParkedBytes / 2 && _block.Length > ParkedBytes)
        {
            Move(ParkedBytes);
        }
    }

    /// <summary>Gives the block back with all that is in it.</summary>
    public void Return()
    {
        if (_block is { } block)
        {
            _block = null;
            _start = 0;
            _end = 0;
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private void Move(int size)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(size);
        int unread = _end - _start;
        Unread.CopyTo(block);
        if (_block is not null)
        {
            ArrayPool<byte>.Shared.Return(_block);
        }

        _block = block;
        _start = 0;
        _end = unread;
    }
}
