using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AmqpBroker.Storage;

/// <summary>
/// A batch of records on its way to the journal. The lane that began it writes records one after the other; once appended it
/// belongs to the journal. Either all records of a batch survive a crash or none of them.
/// </summary>
public sealed class JournalBatch : IBufferWriter<byte>
{
    /// <summary>Shared bytes below this size are copied: cheaper than counting a reference and gathering one more piece.</summary>
    private const int CopyBelowBytes = 2048;

    private readonly List<byte[]> _chunks = new(4);
    private readonly List<IJournalBytesOwner> _owners = new(4);
    private ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[8];
    private int _pieceCount;
    private byte[] _chunk = [];
    private int _sealedTo;
    private int _used;
    private long _sealedBytes;
    private byte[] _prefixChunk = [];
    private int _prefixOffset;
    private long _recordStart = -1;

    internal JournalBatch()
    {
    }

    /// <summary>The logical position of the next byte written: where a body written now will live.</summary>
    public long Position => Start + Length;

    /// <summary>True while no record has been written.</summary>
    public bool IsEmpty => RecordCount == 0 && _recordStart < 0;

    /// <summary>True when the target size is reached: append it and begin another.</summary>
    public bool IsFull => Length >= BatchLayout.TargetBytes;

    /// <summary>
    /// Nobody waits for this batch: it is written at once, but synced with the next group or after 200 ms. For
    /// acknowledgements and the like.
    /// </summary>
    public bool Lazy { get; set; }

    /// <summary>The position of the batch's header.</summary>
    internal long Start { get; private set; }

    /// <summary>Bytes so far, the header included.</summary>
    internal long Length => _sealedBytes + (_used - _sealedTo);

    internal long End => Start + Length;

    internal int RecordCount { get; private set; }

    /// <summary>What kind of batch the header will name.</summary>
    internal BatchKind Kind { get; set; }

    /// <summary>Live bytes counted for the batch before it was appended.</summary>
    internal long LiveBytes { get; set; }

    /// <summary>The batch after this one in the queue it is in.</summary>
    internal JournalBatch? Next { get; set; }

    /// <summary>The segment the batch goes to, once appended to a file journal.</summary>
    internal object? Segment { get; set; }

    /// <summary>The header's bytes, to be filled in before the write.</summary>
    internal Span<byte> Header => _chunks[0].AsSpan(0, BatchLayout.HeaderBytes);

    /// <summary>All bytes in order; the first piece starts with the header. Valid once <see cref="Seal"/> was called.</summary>
    internal ReadOnlySpan<ReadOnlyMemory<byte>> Pieces => _pieces.AsSpan(0, _pieceCount);

    /// <summary>Starts a record: its length goes before what is written until <see cref="EndRecord"/>.</summary>
    /// <exception cref="InvalidOperationException">A record is open.</exception>
    public void BeginRecord()
    {
        if (_recordStart >= 0)
        {
            throw new InvalidOperationException("The record before has not ended.");
        }

        EnsureRoom(BatchLayout.RecordPrefixBytes);
        _prefixChunk = _chunk;
        _prefixOffset = _used;
        _used += BatchLayout.RecordPrefixBytes;
        _recordStart = Position;
    }

    /// <summary>Ends the record.</summary>
    /// <exception cref="InvalidOperationException">No record is open, or it has no bytes.</exception>
    public void EndRecord()
    {
        long length = Position - _recordStart;
        if (_recordStart < 0 || length == 0)
        {
            throw new InvalidOperationException("No record is open, or it is empty.");
        }

        if (Length > BatchLayout.MaxBytes)
        {
            throw new InvalidOperationException("The batch is larger than 1 GiB.");
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_prefixChunk.AsSpan(_prefixOffset), (uint)length);
        _recordStart = -1;
        RecordCount++;
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _chunk.AsSpan(_used);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _chunk.AsMemory(_used);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _chunk.Length - _used);
        _used += count;
    }

    /// <summary>Writes bytes into the open record (copied).</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            EnsureRoom(1);
            int count = Math.Min(bytes.Length, _chunk.Length - _used);
            bytes[..count].CopyTo(_chunk.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>
    /// Writes bytes into the open record without copying them: they must not change until the owner is released. Small
    /// pieces are copied instead, and their owner is then not called.
    /// </summary>
    public void WriteShared(ReadOnlyMemory<byte> bytes, IJournalBytesOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (bytes.Length < CopyBelowBytes)
        {
            Write(bytes.Span);
            return;
        }

        owner.Retain();
        _owners.Add(owner);
        SealRun();
        AddPiece(bytes);
    }

    /// <summary>Makes the batch ready for use at <paramref name="start"/>.</summary>
    internal void Reset(long start)
    {
        Start = start;
        _chunk = ChunkPool.Rent(ChunkPool.ChunkBytes);
        _chunks.Add(_chunk);
        _used = BatchLayout.HeaderBytes;
        _sealedTo = 0;
    }

    /// <summary>No more is written: <see cref="Pieces"/> is complete.</summary>
    /// <exception cref="InvalidOperationException">A record is still open.</exception>
    internal void Seal()
    {
        if (_recordStart >= 0)
        {
            throw new InvalidOperationException("A record is still open.");
        }

        SealRun();
    }

    /// <summary>Gives every block and shared piece back and forgets everything.</summary>
    internal void Clear()
    {
        foreach (byte[] chunk in _chunks)
        {
            ChunkPool.Return(chunk);
        }

        foreach (IJournalBytesOwner owner in _owners)
        {
            owner.Release();
        }

        _chunks.Clear();
        _owners.Clear();
        _pieces.AsSpan(0, _pieceCount).Clear();
        _pieceCount = 0;
        _chunk = _prefixChunk = [];
        _used = _sealedTo = 0;
        _sealedBytes = 0;
        _recordStart = -1;
        RecordCount = 0;
        LiveBytes = 0;
        Lazy = false;
        Kind = BatchKind.Records;
        Next = null;
        Segment = null;
    }

    private void EnsureRoom(int bytes)
    {
        if (_chunk.Length - _used >= bytes)
        {
            return;
        }

        SealRun();
        _chunk = ChunkPool.Rent(bytes);
        _chunks.Add(_chunk);
        _used = _sealedTo = 0;
    }

    private void SealRun()
    {
        if (_used > _sealedTo)
        {
            AddPiece(MemoryMarshal.CreateFromPinnedArray(_chunk, _sealedTo, _used - _sealedTo));
            _sealedTo = _used;
        }
    }

    private void AddPiece(ReadOnlyMemory<byte> piece)
    {
        if (_pieceCount == _pieces.Length)
        {
            Array.Resize(ref _pieces, _pieceCount * 2);
        }

        _pieces[_pieceCount++] = piece;
        _sealedBytes += piece.Length;
    }
}
