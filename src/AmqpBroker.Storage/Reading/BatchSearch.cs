using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>
/// Finds batch headers in a segment. A header counts only where it belongs: its checksum is right, it names this journal and
/// the very position at which it stands. So neither the remains of an earlier use of the file nor a message body that looks
/// like a header (its sender does not know the journal's identity) is taken for a batch.
/// </summary>
internal static class BatchSearch
{
    private const int StepBytes = 1 << 18;

    private static readonly byte[] MagicBytes = BitConverter.IsLittleEndian
        ? BitConverter.GetBytes(BatchHeader.Magic)
        : BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(BatchHeader.Magic));

    /// <summary>Reads the header at a position; false when there is none.</summary>
    public static bool TryRead(FileWindow window, Segment segment, ulong journalId, long position, out BatchHeader header)
    {
        header = default;
        long offset = segment.OffsetOf(position);
        return offset >= SegmentHeader.Bytes
            && BatchHeader.TryRead(window.Peek(offset, BatchLayout.HeaderBytes), out header)
            && header.JournalId == journalId
            && header.Start == position
            && segment.OffsetOf(header.End) <= window.Length;
    }

    /// <summary>
    /// All headers from a position on, in order. What lies inside a batch of at least <paramref name="epoch"/> is not searched;
    /// batches of an earlier epoch are remains, between which later ones may begin.
    /// </summary>
    public static List<BatchHeader> FindFrom(FileWindow window, Segment segment, ulong journalId, long position, long epoch)
    {
        List<BatchHeader> found = [];
        long offset = segment.OffsetOf(Math.Max(position, segment.Start));
        while (offset + BatchLayout.HeaderBytes <= window.Length)
        {
            ReadOnlySpan<byte> bytes = window.Peek(offset, StepBytes);
            int at = bytes.IndexOf(MagicBytes);
            if (at < 0)
            {
                offset += Math.Max(1, bytes.Length - (MagicBytes.Length - 1));
                continue;
            }

            offset += at;
            if (TryRead(window, segment, journalId, segment.Start + offset - SegmentHeader.Bytes, out BatchHeader header))
            {
                found.Add(header);
                offset += header.Epoch >= epoch ? header.End - header.Start : BatchLayout.HeaderBytes;
            }
            else
            {
                offset++;
            }
        }

        return found;
    }
}
