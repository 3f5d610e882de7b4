using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Backlog;

/// <summary>What a checkpoint keeps of a page whose index is a record of the journal.</summary>
internal static class PageImage
{
    internal static void Write(RecordWriter writer, ColdPage page)
    {
        writer.Byte(page.Level);
        writer.Number(page.FirstSequence);
        writer.Number(page.LastSequence);
        writer.Number(page.RecordAt);
        writer.Number(page.RecordLength);
        writer.Number(page.Count);
        writer.Number(page.Bytes);
        writer.Flag(page.HasTransient);
        writer.Number(page.NextDeadlineMs == QueueEntry.Never ? 0 : page.NextDeadlineMs);
        writer.Number(page.Gone?.Count ?? 0);
        foreach (long sequence in page.Gone ?? [])
        {
            writer.Number(sequence - page.FirstSequence);
        }

        writer.Number(page.Live.All.Length);
        foreach ((long region, long bytes) in page.Live.All)
        {
            writer.Number(region);
            writer.Number(bytes);
        }
    }

    internal static ColdPage Read(ref RecordReader reader)
    {
        byte level = reader.Byte();
        long first = reader.Number();
        long last = reader.Number();
        long recordAt = reader.Number();
        int recordLength = reader.Count();
        int count = reader.Count();
        long bytes = reader.Number();
        bool transient = reader.Flag();
        long deadline = reader.Number();
        List<long>? gone = null;
        for (int left = reader.Count(); left > 0; left--)
        {
            (gone ??= []).Add(first + reader.Number());
        }

        ColdPage page = new()
        {
            Level = level,
            FirstSequence = first,
            LastSequence = last,
            RecordAt = recordAt,
            RecordLength = recordLength,
            Count = count,
            Bytes = bytes,
            NextDeadlineMs = deadline == 0 ? QueueEntry.Never : deadline,
            Gone = gone,
            HasTransient = transient,
            IsInImage = true,
        };
        for (int left = reader.Count(); left > 0; left--)
        {
            page.Live.Add(reader.Number(), reader.Number());
        }

        return page;
    }
}
