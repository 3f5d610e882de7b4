using AmqpBroker.Core.Messages;

namespace AmqpBroker.Core.Backlog;

/// <summary>Regions of the journal that are to come back to the disk. Never changes; any thread.</summary>
internal sealed class Places
{
    private readonly (long Start, long End)[] _regions;

    /// <param name="regions">The regions and where each ends, in order.</param>
    internal Places(IEnumerable<(long Start, long End)> regions) => _regions = [.. regions];

    internal bool Hold(long position)
    {
        int low = 0, high = _regions.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (position < _regions[middle].Start)
            {
                high = middle - 1;
            }
            else if (position >= _regions[middle].End)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The message or its body stands in one of them.</summary>
    internal bool Hold(in StoredPlace place) => Hold(place.At) || (place.BodyElsewhere != Message.NotStored && Hold(place.BodyElsewhere));

    /// <summary>The page's record or one of its messages stands in one of them.</summary>
    internal bool Hold(ColdPage page)
    {
        if (page.HasRecord && Hold(page.RecordAt))
        {
            return true;
        }

        foreach ((long region, long bytes) in page.Live.All)
        {
            if (bytes != 0 && Hold(region))
            {
                return true;
            }
        }

        return false;
    }
}
