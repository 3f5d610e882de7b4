using AmqpBroker.Core.Backlog;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// The record of messages of one queue that were written once more and stand somewhere else from now on. It says all of each
/// entry: with the record of the message's publish gone, it is the first that speaks of it.
/// </summary>
internal static class MovedRecord
{
    /// <summary>Writes what follows the kind of record.</summary>
    internal static void Write(RecordWriter writer, int queueId, ReadOnlySpan<StoredEntry> entries)
    {
        writer.Number(queueId);
        writer.Number(entries.Length);
        StoredEntry before = StoredEntryCodec.None;
        foreach (ref readonly StoredEntry entry in entries)
        {
            StoredEntryCodec.Write(writer, in entry, in before);
            before = entry;
        }
    }

    /// <summary>Reads what follows the number of the queue.</summary>
    internal static List<StoredEntry> Read(ref RecordReader reader)
    {
        var entries = new List<StoredEntry>();
        StoredEntry entry = StoredEntryCodec.None;
        for (int count = reader.Count(); count > 0; count--)
        {
            entry = StoredEntryCodec.Read(ref reader, in entry);
            entries.Add(entry);
        }

        return entries;
    }
}
