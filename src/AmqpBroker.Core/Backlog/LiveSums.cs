using AmqpBroker.Core.Messages;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// How many bytes a page's messages keep alive in which regions of the journal: mostly one or two, as what came together is
/// stored together. With it a page is given up without being read. Lane only.
/// </summary>
internal sealed class LiveSums
{
    private (long Region, long Bytes)[] _sums = new (long, long)[1];
    private int _count;

    /// <summary>The regions and their bytes.</summary>
    internal ReadOnlySpan<(long Region, long Bytes)> All => _sums.AsSpan(0, _count);

    /// <summary>Adds what an entry keeps alive, or with <paramref name="sign"/> -1 takes it away; the journal itself is not told.</summary>
    internal void Change(IJournal journal, in StoredEntry entry, int sign)
    {
        Add(journal.RegionOf(entry.StoredAt), sign * (long)entry.StoredLength);
        if (entry.BodyElsewhere != Message.NotStored)
        {
            Add(journal.RegionOf(entry.BodyElsewhere), sign * entry.BodyLength);
        }
    }

    /// <summary>Adds bytes to a region.</summary>
    internal void Add(long region, long bytes)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (_sums[i].Region == region)
            {
                _sums[i].Bytes += bytes;
                return;
            }
        }

        if (_count == _sums.Length)
        {
            Array.Resize(ref _sums, _count * 2);
        }

        _sums[_count++] = (region, bytes);
    }

    /// <summary>The page is given up: its messages keep nothing alive any more.</summary>
    internal void Release(IJournal journal)
    {
        foreach ((long region, long bytes) in All)
        {
            if (bytes != 0)
            {
                journal.RemoveLive(region, bytes);
            }
        }

        _count = 0;
    }

    /// <summary>After a start: a region is not there any more, and what was in it neither.</summary>
    internal bool HasGone(IJournal journal)
    {
        foreach ((long region, long bytes) in All)
        {
            if (bytes != 0 && journal.RegionOf(region) < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>After a start: what the page's messages keep alive is counted again.</summary>
    internal void Count(IJournal journal)
    {
        foreach ((long region, long bytes) in All)
        {
            if (bytes != 0)
            {
                journal.AddLive(region, bytes);
            }
        }
    }
}
