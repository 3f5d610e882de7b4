namespace AmqpBroker.Fuzz;

/// <summary>Spoils bytes in the ways that hurt decoders: lengths that lie, types that are others, ends that come too early.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus)
{
    /// <summary>Inputs grow by insertion; beyond this they are cut, so that a run spends its time on many small ones.</summary>
    private const int MaxBytes = 16 * 1024;

    private static readonly byte[] s_letters = "tbBsuIilLfdDSATFVx"u8.ToArray();

    private static readonly uint[] s_lengths =
        [0, 1, 4, 7, 8, 255, 256, 4096, 65535, 65536, 131064, 131072, 131073, int.MaxValue, 0x8000_0000, uint.MaxValue];

    /// <summary>A copy of <paramref name="input"/> with one to eight changes.</summary>
    public byte[] Mutate(byte[] input)
    {
        var bytes = new List<byte>(input);
        for (int changes = 1 + random.Next(8); changes > 0; changes--)
        {
            Change(bytes);
        }

        return [.. bytes.Take(MaxBytes)];
    }

    private void Change(List<byte> bytes)
    {
        int at = random.Next(bytes.Count + 1);
        int left = bytes.Count - at;
        switch (random.Next(9))
        {
            case 0 when left > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when left > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when left > 0:
                bytes[at] = s_letters[random.Next(s_letters.Length)];
                break;
            case 3 when left >= 4:
                WriteLength(bytes, at, s_lengths[random.Next(s_lengths.Length)]);
                break;
            case 4 when left >= 4:
                WriteLength(bytes, at, (uint)Math.Max(0, left - 4 + random.Next(-3, 4)));
                break;
            case 5 when left > 0:
                bytes.RemoveRange(at, 1 + random.Next(Math.Min(left, 8)));
                break;
            case 6 when left > 0:
                bytes.InsertRange(at, bytes.GetRange(at, 1 + random.Next(Math.Min(left, 64))));
                break;
            case 7:
                byte[] other = corpus[random.Next(corpus.Count)];
                int from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, random.Next(other.Length - from + 1)).ToArray());
                break;
            case 8 when random.Next(4) == 0:
                bytes.RemoveRange(at, left);
                break;
            default:
                bytes.Insert(at, (byte)random.Next(256));
                break;
        }
    }

    private static void WriteLength(List<byte> bytes, int at, uint length)
    {
        for (int i = 0; i < 4; i++)
        {
            bytes[at + i] = (byte)(length >> (24 - (8 * i)));
        }
    }
}
