using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Backlog;

/// <summary>The record of the journal that holds a page's index. Replay passes over it: the page's messages are known from their own records.</summary>
internal static class PageRecord
{
    /// <summary>Writes what follows the kind of record.</summary>
    internal static void Write(RecordWriter writer, int queueId, byte level, ReadOnlySpan<StoredEntry> entries)
    {
        writer.Number(queueId);
        writer.Byte(level);
        writer.Number(entries.Length);
        StoredEntry before = StoredEntryCodec.None;
        foreach (ref readonly StoredEntry entry in entries)
        {
            StoredEntryCodec.Write(writer, in entry, in before);
            before = entry;
        }
    }

    /// <summary>Reads a whole record.</summary>
    /// <exception cref="InvalidDataException">It is none of a page.</exception>
    internal static StoredEntry[] Read(ref RecordReader reader)
    {
        var kind = (RecordKind)reader.Byte();
        if (kind != RecordKind.Paged)
        {
            throw new InvalidDataException($"A page's index is expected, not a record of kind {kind}.");
        }

        reader.Number();
        reader.Byte();
        int count = reader.Count();
        if (count is 0 or > ColdPage.MaxEntries)
        {
            throw new InvalidDataException($"A page of {count} messages.");
        }

        var entries = new StoredEntry[count];
        StoredEntry before = StoredEntryCodec.None;
        for (int i = 0; i < count; i++)
        {
            before = entries[i] = StoredEntryCodec.Read(ref reader, in before);
        }

        return entries;
    }
}
