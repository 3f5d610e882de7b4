using AmqpBroker.Storage;

namespace AmqpBroker.Core.Messages;

/// <summary>
/// A pinned block of bytes that several messages share. It goes back to its pool when the last of them has let go.
/// Any thread may retain and release; bytes are written once, by the thread that allocated them, before they are shared.
/// </summary>
public sealed class ContentSlab : IJournalBytesOwner
{
    private int _references;

    internal ContentSlab(int capacity)
    {
        Bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    }

    internal byte[] Bytes { get; }

    internal void Rent() => Volatile.Write(ref _references, 1);

    /// <inheritdoc/>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <inheritdoc/>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            ContentArena.Return(this);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A content slab was released more often than it was retained.");
        }
    }
}
