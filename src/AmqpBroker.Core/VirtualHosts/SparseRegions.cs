using AmqpBroker.Core.Backlog;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>The parts of the journal of which little lives, and for how long that has been so. Lane only.</summary>
internal sealed class SparseRegions(SpaceLimits limits)
{
    /// <summary>Less than this fraction of what lived has gone: it goes so slowly that it counts as staying.</summary>
    private const int LittleOneIn = 10;

    private Dictionary<long, Sparse> _known = [];
    private Dictionary<long, Sparse> _before = [];

    private readonly record struct Sparse(RegionUse Use, long Live, long SinceMs, long NotBeforeMs)
    {
        internal long Waste => Use.FileBytes - Live;
    }

    /// <summary>Notes what is there. Gives true if enough may be worth moving after some time.</summary>
    /// <param name="regions">What is there.</param>
    /// <param name="retired">Bytes of a region that count as needed, and go with the next checkpoint.</param>
    /// <param name="nowMs">The time.</param>
    internal bool Look(List<RegionUse> regions, Func<long, long> retired, long nowMs)
    {
        (_known, _before) = (_before, _known);
        _known.Clear();
        long waste = 0;
        foreach (RegionUse region in regions)
        {
            long live = region.LiveBytes - retired(region.Region);
            if (live <= 0 || live * limits.SparseBelowOneIn >= region.FileBytes)
            {
                continue;
            }

            var sparse = new Sparse(region, live, nowMs, 0);
            if (_before.TryGetValue(region.Region, out Sparse before))
            {
                bool stays = live * LittleOneIn >= before.Live * (LittleOneIn - 1);
                sparse = sparse with
                {
                    Live = stays ? before.Live : live,
                    SinceMs = stays ? before.SinceMs : nowMs,
                    NotBeforeMs = before.NotBeforeMs,
                };
            }

            _known[region.Region] = sparse;
            waste += sparse.NotBeforeMs <= nowMs ? sparse.Waste : 0;
        }

        return waste >= limits.WorthMovingBytes;
    }

    /// <summary>What is to be moved now; null if it is not worth it.</summary>
    internal Places? Choose(long worthBytes, long nowMs)
    {
        long waste = 0;
        long live = 0;
        List<Sparse> chosen = [];
        foreach (Sparse sparse in _known.Values
            .Where(s => s.NotBeforeMs <= nowMs && nowMs - s.SinceMs >= limits.StableMs)
            .OrderBy(static s => s.Live))
        {
            live += sparse.Live;
            if (chosen.Count > 0 && live > limits.MostMovedBytes)
            {
                break;
            }

            waste += sparse.Waste;
            chosen.Add(sparse);
        }

        if (chosen.Count == 0 || waste < worthBytes)
        {
            return null;
        }

        foreach (Sparse sparse in chosen)
        {
            _known[sparse.Use.Region] = sparse with { NotBeforeMs = nowMs + limits.MoveAgainMs };
        }

        return new Places(chosen.OrderBy(static s => s.Use.Region).Select(static s => (s.Use.Region, s.Use.End)));
    }
}
