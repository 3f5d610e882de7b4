using System.Numerics;
using System.Runtime.InteropServices;

namespace AmqpBroker.Storage;

/// <summary>
/// CRC-32C (Castagnoli), by the processor's own instruction where there is one: the checksum of every file of the store.
/// The running value starts at <see cref="Start"/> and is turned into the checksum by <see cref="Finish"/>.
/// </summary>
internal static class Crc32C
{
    public const uint Start = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    public static uint Finish(uint running) => ~running;

    public static uint Add(uint running, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            running = BitOperations.Crc32C(running, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte single in bytes[(words.Length * sizeof(ulong))..])
        {
            running = BitOperations.Crc32C(running, single);
        }

        return running;
    }
}
