using System.Numerics;

namespace AmqpBroker.Protocol;

/// <summary>
/// Gives the same <see cref="ShortString"/> for bytes seen before, so that decoding the same exchange, routing key or
/// consumer tag again allocates nothing. Direct-mapped: a newcomer takes the place of whoever was there, so the cache is
/// bounded by its slots (at most 255 bytes each) whatever a client sends. For one thread at a time.
/// </summary>
public sealed class ShortStringCache
{
    /// <summary>Enough for the names one connection uses in turn; 2 KiB of references when empty.</summary>
    public const int DefaultSlots = 256;

    private readonly ShortString?[] _slots;

    /// <summary>A cache with <paramref name="slots"/> places, a power of two.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two.</exception>
    public ShortStringCache(int slots = DefaultSlots)
    {
        if (!BitOperations.IsPow2(slots))
        {
            throw new ArgumentOutOfRangeException(nameof(slots), slots, "The number of slots is a power of two.");
        }

        _slots = new ShortString?[slots];
    }

    /// <summary>The string of these bytes: the cached instance, or a new one that is cached from now on.</summary>
    /// <exception cref="ArgumentException">There are more than 255 bytes.</exception>
    public ShortString Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return ShortString.Empty;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, ShortString.MaxLength);
        int hash = ByteHash.Compute(bytes);
        ref ShortString? slot = ref _slots[hash & (_slots.Length - 1)];
        if (slot is { } cached && cached.GetHashCode() == hash && cached.Bytes.SequenceEqual(bytes))
        {
            return cached;
        }

        return slot = ShortString.FromBytes(bytes, hash);
    }
}
