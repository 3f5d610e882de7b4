using System.Runtime.CompilerServices;

namespace AmqpBroker.Storage;

/// <summary>
/// Goes through the pieces of a gathered write in order and puts them together in memory that the kernel takes past the page
/// cache: at an address, and with a length, that are multiples of a block.
/// </summary>
internal ref struct DirectBlocks(ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
{
    /// <summary>Addresses, lengths and offsets in the file are multiples of this: the largest logical block disks have.</summary>
    public const int BlockBytes = 4096;

    /// <summary>The most that is put together at a time: enough for a disk to be busy, and all the memory a disk thread needs.</summary>
    public const int MaxBytes = 1 << 20;

    [ThreadStatic]
    private static byte[]? t_memory;

    private readonly ReadOnlySpan<ReadOnlyMemory<byte>> _pieces = pieces;
    private int _piece;
    private int _done;

    /// <summary>The next bytes, that many or at most <see cref="MaxBytes"/>. Valid until the next call on this thread.</summary>
    public unsafe ReadOnlySpan<byte> Next(long bytes)
    {
        byte[] memory = t_memory ??= GC.AllocateUninitializedArray<byte>(MaxBytes + BlockBytes, pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref memory[0]);
        int start = (int)(((address + BlockBytes - 1) & -BlockBytes) - address);
        Span<byte> together = memory.AsSpan(start, (int)Math.Min(bytes, MaxBytes));
        Span<byte> left = together;
        while (!left.IsEmpty)
        {
            ReadOnlySpan<byte> piece = _pieces[_piece].Span[_done..];
            int count = Math.Min(piece.Length, left.Length);
            piece[..count].CopyTo(left);
            left = left[count..];
            _done += count;
            if (count == piece.Length)
            {
                _piece++;
                _done = 0;
            }
        }

        return together;
    }
}
