using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Finds the messages of pages whose index cannot be read: each has its own record, and what ended before the index was
/// written has one too. One reading of that part of the journal for all pages. Used once, by one thread.
/// </summary>
internal sealed class IndexSearch
{
    private readonly Dictionary<int, List<Sought>> _sought = [];
    private readonly Dictionary<ColdPage, Sought> _byPage = [];
    private readonly ShortStringCache _names = new();
    private long _from = long.MaxValue;
    private long _upTo;

    private sealed record Sought(MessageQueue Queue, ColdPage Page)
    {
        internal SortedDictionary<long, StoredEntry> Found { get; } = [];
    }

    /// <summary>Where the messages of a page begin at the earliest, for <see cref="Add"/>. Lane only, or before there is one.</summary>
    internal static long FirstOf(ColdPage page)
    {
        long first = page.RecordAt;
        foreach ((long region, _) in page.Live.All)
        {
            first = region < 0 ? first : Math.Min(first, region);
        }

        return first;
    }

    /// <summary>Has this page looked for, too.</summary>
    internal void Add(MessageQueue queue, ColdPage page, long first)
    {
        var sought = new Sought(queue, page);
        _byPage.Add(page, sought);
        (_sought.TryGetValue(queue.Id, out List<Sought>? pages) ? pages : _sought[queue.Id] = []).Add(sought);
        _from = Math.Min(_from, first);
        _upTo = Math.Max(_upTo, page.RecordAt);
    }

    /// <summary>Looks for all of them; may block on the disk for long.</summary>
    internal void Run(IJournal journal)
    {
        if (_sought.Count > 0)
        {
            journal.ReadRecords(_from, _upTo, Visit);
        }
    }

    /// <summary>What was found of a page, in order; what had ended when its index was written is not among it.</summary>
    internal StoredEntry[] Of(ColdPage page) => [.. _byPage[page].Found.Values];

    private void Visit(long position, ReadOnlySpan<byte> record)
    {
        try
        {
            Take(position, record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The start put it aside; here it is one that tells nothing.
        }
    }

    private void Take(long position, ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record, _names);
        switch ((RecordKind)reader.Byte())
        {
            case RecordKind.Published:
                PublishedRecord published = PublishedRecord.Read(ref reader, position, record.Length);
                foreach ((int queue, long sequence, long deadline) in published.Targets)
                {
                    foreach (Sought sought in At(position, queue, sequence))
                    {
                        StoredEntry entry = published.EntryIn(sought.Queue, sequence, deadline);
                        if (entry.Level == sought.Page.Level)
                        {
                            sought.Found[sequence] = entry;
                        }
                    }
                }

                break;
            case RecordKind.Moved:
                int mover = reader.Count();
                foreach (StoredEntry moved in MovedRecord.Read(ref reader))
                {
                    foreach (Sought sought in At(position, mover, moved.Sequence).Where(s => s.Page.Level == moved.Level))
                    {
                        sought.Found[moved.Sequence] = moved;
                    }
                }

                break;
            case RecordKind.Settled:
                int settled = reader.Count();
                for (int count = reader.Count(); count > 0; count--)
                {
                    long first = reader.Number();
                    End(position, settled, first, first + reader.Number());
                }

                break;
            case RecordKind.Purged:
                Purge(position, ref reader);
                break;
            case RecordKind.Returned:
                int returned = reader.Count();
                long came = reader.Number();
                foreach (Sought sought in At(position, returned, came))
                {
                    if (sought.Found.TryGetValue(came, out StoredEntry entry))
                    {
                        sought.Found[came] = entry with { DeliveryCount = entry.DeliveryCount + 1, Redelivered = true };
                    }
                }

                break;
        }
    }

    private void End(long position, int queue, long first, long last)
    {
        foreach (Sought sought in Before(position, queue))
        {
            long to = Math.Min(last, sought.Page.LastSequence);
            for (long sequence = Math.Max(first, sought.Page.FirstSequence); sequence <= to; sequence++)
            {
                sought.Found.Remove(sequence);
            }
        }
    }

    private void Purge(long position, ref RecordReader reader)
    {
        int queue = reader.Count();
        long upTo = reader.Number();
        var kept = new HashSet<long>();
        for (int count = reader.Count(); count > 0; count--)
        {
            kept.Add(reader.Number());
        }

        foreach (Sought sought in Before(position, queue))
        {
            foreach (long gone in sought.Found.Keys.Where(s => s <= upTo && !kept.Contains(s)).ToArray())
            {
                sought.Found.Remove(gone);
            }
        }
    }

    private IEnumerable<Sought> At(long position, int queue, long sequence) =>
        Before(position, queue).Where(s => s.Page.FirstSequence <= sequence && sequence <= s.Page.LastSequence);

    /// <summary>What came after the index was written is known from elsewhere.</summary>
    private IEnumerable<Sought> Before(long position, int queue) =>
        _sought.TryGetValue(queue, out List<Sought>? pages) ? pages.Where(s => position < s.Page.RecordAt) : [];
}
