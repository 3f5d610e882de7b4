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
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        if (bytes.Length > 0)
        {
            hash = Mix(hash ^ ReadTail(bytes));
        }

        return (int)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value ^ s_seed, Multiplier, out ulong low);
        return high ^ low;
    }

    private static ulong ReadTail(ReadOnlySpan<byte> bytes)
    {
        ulong tail = 0;
        foreach (byte b in bytes)
        {
            tail = (tail << 8) | b;
        }

        return tail;
    }
}
