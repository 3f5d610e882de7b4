using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Writes entries one after the other, each as what it differs in from the one before: some twelve bytes for a message that
/// follows its predecessor in queue and journal.
/// </summary>
internal static class StoredEntryCodec
{
    [Flags]
    private enum Parts : byte
    {
        None = 0,
        Redelivered = 1,
        DeliveryCount = 2,
        Deadline = 4,
        BodyElsewhere = 8,
        Level = 16,
        StoredLength = 32,
        BodyLength = 64,
        Transient = 128,
    }

    /// <summary>Writes an entry; the reader must know the same one before it.</summary>
    internal static void Write(RecordWriter writer, in StoredEntry entry, in StoredEntry before)
    {
        Parts parts = (entry.Redelivered ? Parts.Redelivered : 0)
            | (entry.DeliveryCount != 0 ? Parts.DeliveryCount : 0)
            | (entry.DeadlineMs != QueueEntry.Never ? Parts.Deadline : 0)
            | (entry.BodyElsewhere != Message.NotStored ? Parts.BodyElsewhere : 0)
            | (entry.Level != before.Level ? Parts.Level : 0)
            | (entry.StoredLength != before.StoredLength ? Parts.StoredLength : 0)
            | (entry.BodyLength != before.BodyLength ? Parts.BodyLength : 0)
            | (entry.IsTransient ? Parts.Transient : 0);
        writer.Byte((byte)parts);
        Difference(writer, entry.Sequence, before.Sequence);
        Difference(writer, entry.StoredAt, before.StoredAt + before.StoredLength);
        if ((parts & Parts.DeliveryCount) != 0)
        {
            writer.Number(entry.DeliveryCount);
        }

        if ((parts & Parts.Deadline) != 0)
        {
            Difference(writer, entry.DeadlineMs, before.DeadlineMs == QueueEntry.Never ? 0 : before.DeadlineMs);
        }

        if ((parts & Parts.BodyElsewhere) != 0)
        {
            writer.Number(entry.BodyElsewhere);
        }

        if ((parts & Parts.Level) != 0)
        {
            writer.Byte(entry.Level);
        }

        if ((parts & Parts.StoredLength) != 0)
        {
            writer.Number(entry.StoredLength);
        }

        if ((parts & Parts.BodyLength) != 0)
        {
            writer.Number(entry.BodyLength);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are no entry.</exception>
    internal static StoredEntry Read(ref RecordReader reader, in StoredEntry before)
    {
        var parts = (Parts)reader.Byte();
        return new StoredEntry
        {
            Redelivered = (parts & Parts.Redelivered) != 0,
            IsTransient = (parts & Parts.Transient) != 0,
            Sequence = Difference(ref reader, before.Sequence),
            StoredAt = Difference(ref reader, before.StoredAt + before.StoredLength),
            DeliveryCount = (parts & Parts.DeliveryCount) != 0 ? reader.Count() : 0,
            DeadlineMs = (parts & Parts.Deadline) != 0
                ? Difference(ref reader, before.DeadlineMs == QueueEntry.Never ? 0 : before.DeadlineMs)
                : QueueEntry.Never,
            BodyElsewhere = (parts & Parts.BodyElsewhere) != 0 ? reader.Number() : Message.NotStored,
            Level = (parts & Parts.Level) != 0 ? reader.Byte() : before.Level,
            StoredLength = (parts & Parts.StoredLength) != 0 ? reader.Count() : before.StoredLength,
            BodyLength = (parts & Parts.BodyLength) != 0 ? reader.Number() : before.BodyLength,
        };
    }

    /// <summary>The entry before the first.</summary>
    internal static StoredEntry None => new() { DeadlineMs = QueueEntry.Never, BodyElsewhere = Message.NotStored };

    // Small differences of either sign take one byte.
    private static void Difference(RecordWriter writer, long value, long from)
    {
        long difference = value - from;
        writer.Number((difference << 1) ^ (difference >> 63));
    }

    private static long Difference(ref RecordReader reader, long from)
    {
        ulong folded = (ulong)reader.Number();
        return from + ((long)(folded >> 1) ^ -(long)(folded & 1));
    }
}
