using System.Buffers.Binary;
using System.Numerics;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// A hash that is the same in every process and on every machine, so that a key leads to the same queue after a restart.
/// Spreads well; is no protection against keys made to collide, which would only lead to one queue.
/// </summary>
internal static class StableHash
{
    /// <summary>2^64 divided by the golden ratio: an odd number without a pattern.</summary>
    internal const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The hash of some bytes, going on from another hash or from 0.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong hash = 0)
    {
        hash = Mix(hash ^ ((ulong)bytes.Length * Golden));
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            rest |= (ulong)bytes[i] << (8 * i);
        }

        return Mix(hash ^ BitOperations.RotateLeft(rest, 1));
    }

    /// <summary>The hash of a header's value: whole numbers by their value whatever their width, everything else by its bytes.</summary>
    public static ulong Of(FieldType type, ReadOnlySpan<byte> payload)
    {
        if (!HeaderFields.TryReadInteger(type, payload, out long number))
        {
            return Of(payload);
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Of(bytes);
    }

    /// <summary>Every bit of the result depends on every bit of the value; different values give different results.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
