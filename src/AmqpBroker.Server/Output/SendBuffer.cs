using System.Buffers;
using AmqpBroker.Server.Transports;

namespace AmqpBroker.Server.Output;

/// <summary>
/// What goes out with the next send: bytes copied into a staging block, and large pieces by reference between them. One
/// thread at a time. The block is rented while there is something to send, so that an idle connection holds none.
/// </summary>
internal sealed class SendBuffer
{
    /// <summary>From this size on a piece is sent from where it lies: below, copying costs less than a piece of its own.</summary>
    public const int ReferenceBytes = 8 * 1024;

    /// <summary>A block for a busy connection: dozens of small messages, and still within a core's fast cache.</summary>
    public const int BlockBytes = 64 * 1024;

    /// <summary>A block for a few small frames: what a slow connection with little to send holds on to.</summary>
    public const int SmallBlockBytes = 4 * 1024;

    /// <summary>Pieces in one send, well below the kernel's limit of 1024.</summary>
    private const int MaxPieces = 128;

    /// <summary>Bytes in one send: more would only wait in the kernel while other connections wait for the thread.</summary>
    private const int MaxBytes = 512 * 1024;

    private readonly List<ArraySegment<byte>> _pieces = [];
    private byte[]? _block;
    private int _filled;
    private int _pieceStart;
    private int _referenced;

    /// <summary>Nothing to send.</summary>
    public bool IsEmpty => _filled == 0;

    /// <summary>Bytes that this send holds.</summary>
    public int Bytes => _filled + _referenced;

    /// <summary>Bytes that still fit into the block; 0 when this send is full for any reason.</summary>
    public int Room => _block is null || Bytes >= MaxBytes || _pieces.Count >= MaxPieces - 1 ? 0 : _block.Length - _filled;

    /// <summary>Gets a block for about <paramref name="expectedBytes"/>, unless there is one.</summary>
    public void Prepare(long expectedBytes) =>
        _block ??= ArrayPool<byte>.Shared.Rent(expectedBytes <= SmallBlockBytes ? SmallBlockBytes : BlockBytes);

    /// <summary>The rest of the block, to write into; tell <see cref="Advance"/> how much was written.</summary>
    public Span<byte> Free => _block.AsSpan(_filled);

    /// <summary>Bytes were written to <see cref="Free"/>.</summary>
    public void Advance(int bytes) => _filled += bytes;

    /// <summary>Copies as much as there is room for.</summary>
    /// <returns>How many bytes were copied.</returns>
    public int Copy(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(Room, bytes.Length);
        bytes[..count].CopyTo(Free);
        _filled += count;
        return count;
    }

    /// <summary>Adds a piece that is sent from where it lies; its owner keeps it until the send is over.</summary>
    public void Refer(ArraySegment<byte> piece)
    {
        EndCopied();
        _pieces.Add(piece);
        _referenced += piece.Count;
    }

    /// <summary>Sends everything.</summary>
    public ValueTask SendAsync(Transport transport)
    {
        if (_pieces.Count == 0)
        {
            return transport.SendAsync(_block.AsMemory(0, _filled));
        }

        EndCopied();
        return transport.SendAsync(_pieces);
    }

    /// <summary>Forgets what was sent; the block stays for the next.</summary>
    public void Reset()
    {
        _pieces.Clear();
        _filled = 0;
        _pieceStart = 0;
        _referenced = 0;
    }

    /// <summary>Gives the block back.</summary>
    public void ReturnBlock()
    {
        if (_block is { } block)
        {
            _block = null;
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private void EndCopied()
    {
        if (_filled > _pieceStart)
        {
            _pieces.Add(new ArraySegment<byte>(_block!, _pieceStart, _filled - _pieceStart));
            _pieceStart = _filled;
        }
    }
}
