using System.Collections.Concurrent;
using System.Numerics;

namespace AmqpBroker.Core.Messages;

/// <summary>
/// Hands out content bytes. Small contents of one thread share a slab, so that a message costs no allocation and an idle
/// connection holds no buffer; large ones get a slab of their own. Thread-safe: each thread fills its own slab.
/// </summary>
public static class ContentArena
{
    /// <summary>Size of a shared slab: some sixty messages of 1 KB share one reference count and one cache-warm block.</summary>
    public const int SlabBytes = 64 * 1024;

    /// <summary>From this size on a content gets a slab of its own, so that at most a quarter of a shared slab is left unused.</summary>
    public const int OwnSlabBytes = SlabBytes / 4;

    /// <summary>Free slabs of each size class are kept up to this many bytes; more go to the garbage collector.</summary>
    private const int KeptBytesPerClass = 32 * 1024 * 1024;

    private const int SmallestClassBits = 14;
    private const int LargestClassBits = 20;

    private static readonly ConcurrentQueue<ContentSlab>[] Pools = CreatePools();

    [ThreadStatic]
    private static ContentSlab? _current;

    [ThreadStatic]
    private static int _used;

    /// <summary>Allocates <paramref name="length"/> bytes; the caller owns one reference to the slice's slab.</summary>
    public static ContentSlice Allocate(int length)
    {
        if (length >= OwnSlabBytes)
        {
            return new ContentSlice(Rent(length), 0, length);
        }

        ContentSlab? slab = _current;
        if (slab is null || _used + length > slab.Bytes.Length)
        {
            slab?.Release();
            slab = Rent(SlabBytes);
            _current = slab;
            _used = 0;
        }

        var slice = new ContentSlice(slab, _used, length);
        _used += (length + 7) & ~7;
        slab.Retain();
        return slice;
    }

    internal static void Return(ContentSlab slab)
    {
        int sizeClass = SizeClass(slab.Bytes.Length);
        ConcurrentQueue<ContentSlab>[] pools = Pools;
        if (sizeClass < pools.Length && (long)(pools[sizeClass].Count + 1) * slab.Bytes.Length <= KeptBytesPerClass)
        {
            pools[sizeClass].Enqueue(slab);
        }
    }

    private static ContentSlab Rent(int length)
    {
        int sizeClass = SizeClass(length);
        ContentSlab? slab = null;
        if (sizeClass >= Pools.Length || !Pools[sizeClass].TryDequeue(out slab))
        {
            slab = new ContentSlab(sizeClass >= Pools.Length ? length : 1 << (sizeClass + SmallestClassBits));
        }

        slab.Rent();
        return slab;
    }

    private static int SizeClass(int length) =>
        Math.Max(0, 32 - BitOperations.LeadingZeroCount((uint)(length - 1)) - SmallestClassBits);

    private static ConcurrentQueue<ContentSlab>[] CreatePools()
    {
        var pools = new ConcurrentQueue<ContentSlab>[LargestClassBits - SmallestClassBits + 1];
        for (int i = 0; i < pools.Length; i++)
        {
            pools[i] = new ConcurrentQueue<ContentSlab>();
        }

        return pools;
    }
}
