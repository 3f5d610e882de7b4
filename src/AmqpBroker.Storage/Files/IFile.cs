namespace AmqpBroker.Storage;

/// <summary>
/// An open file. Reads may come from any thread while one thread writes. Writes are durable only after <see cref="Sync"/>.
/// </summary>
public interface IFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to the length of <paramref name="destination"/>; less at the end of the file only.</summary>
    int Read(long offset, Span<byte> destination);

    /// <summary>Writes all bytes at an offset; the file grows when it ends before.</summary>
    /// <exception cref="DiskFullException">No room. Some of the bytes may have been written; writing them again is harmless.</exception>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Writes all pieces, one after the other, starting at an offset.</summary>
    /// <exception cref="DiskFullException">As above.</exception>
    void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces);

    /// <summary>
    /// Grows the file to a length, with room on the disk for all of it. What was not written reads as zeros. Cheaper now than
    /// writing zeros, dearer at each later sync.
    /// </summary>
    /// <exception cref="DiskFullException">There is no room for it.</exception>
    void Allocate(long length);

    /// <summary>Makes everything written so far durable (fdatasync). After a failure nothing is certain.</summary>
    void Sync();
}
