namespace AmqpBroker.Core.Messages;

/// <summary>A run of bytes in a <see cref="ContentSlab"/>; whoever holds one holds a reference to the slab.</summary>
public readonly struct ContentSlice
{
    internal ContentSlice(ContentSlab slab, int offset, int length)
    {
        Slab = slab;
        Offset = offset;
        Length = length;
    }

    internal ContentSlab? Slab { get; }

    internal int Offset { get; }

    /// <summary>How many bytes the slice holds.</summary>
    public int Length { get; }

    /// <summary>The bytes, to read, and to fill by the one who allocated them.</summary>
    public Span<byte> Span => Slab is null ? default : Slab.Bytes.AsSpan(Offset, Length);

    /// <summary>The bytes as memory, for gathered writes.</summary>
    public Memory<byte> Memory => Slab is null ? default : Slab.Bytes.AsMemory(Offset, Length);

    internal ContentSlice Part(int offset, int length) => new(Slab!, Offset + offset, length);
}
