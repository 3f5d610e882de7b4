using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace AmqpBroker.Protocol;

/// <summary>
/// A hash of short byte strings for tables in memory: fast, and keyed with a random number per process, so that
/// a client cannot choose names that all fall into one bucket. Never stored and never compared across processes.
/// </summary>
internal static class ByteHash
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong s_seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));

    /// <summary>The hash of <paramref name="bytes"/>.</summary>
    public static int Compute(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Mix((uint)bytes.Length);
        while (bytes.Length > 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        hash = Mix(hash ^ ReadLast(bytes));
        return (int)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value ^ s_seed, Multiplier, out ulong low);
        return high ^ low;
    }

    /// <summary>At most eight bytes as one number; together with the length no two inputs give the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadLast(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 8)
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }

        if (bytes.Length >= 4)
        {
            // The two halves overlap unless there are eight.
            ulong low = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            return (low << 32) | BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]);
        }

        return bytes.IsEmpty ? 0 : ((ulong)bytes[0] << 16) | ((ulong)bytes[bytes.Length / 2] << 8) | bytes[^1];
    }
}
