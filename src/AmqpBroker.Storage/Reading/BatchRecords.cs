using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>Goes through the records of a batch.</summary>
internal static class BatchRecords
{
    /// <summary>
    /// Gives the records that begin between two positions. It ends where no record can follow, so that bytes which failed their
    /// checksum can be gone through as well.
    /// </summary>
    /// <param name="payload">What stands behind the batch's header.</param>
    /// <param name="start">The position of its first byte.</param>
    /// <param name="from">The first position of interest.</param>
    /// <param name="upTo">The first one that is of none any more.</param>
    /// <param name="visit">Gets them.</param>
    public static void Visit(ReadOnlySpan<byte> payload, long start, long from, long upTo, JournalRecordVisitor visit)
    {
        int offset = 0;
        while (payload.Length - offset >= BatchLayout.RecordPrefixBytes)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(payload[offset..]);
            offset += BatchLayout.RecordPrefixBytes;
            if (length == 0 || length > payload.Length - offset || start + offset >= upTo)
            {
                return;
            }

            if (start + offset >= from)
            {
                visit(start + offset, payload.Slice(offset, (int)length));
            }

            offset += (int)length;
        }
    }
}
