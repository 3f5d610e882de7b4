namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// What a walk has met: each turn of the lane fills a part of fixed size, and between the turns the part goes to the rest,
/// which grows outside the lane. What is met twice is kept once.
/// </summary>
internal sealed class Collection<TKey, TInfo>
    where TKey : class
{
    private readonly List<(TKey Key, TInfo Info)> _part = new(DestinationWalk<Exchanges.Exchange>.VisitsPerTurn);
    private readonly Dictionary<TKey, TInfo> _all = new(ReferenceEqualityComparer.Instance);

    /// <summary>Lane only.</summary>
    internal void Add(TKey key, TInfo info) => _part.Add((key, info));

    /// <summary>Between two turns.</summary>
    internal void TakePart()
    {
        foreach ((TKey key, TInfo info) in _part)
        {
            _all[key] = info;
        }

        _part.Clear();
    }

    /// <summary>After the last turn.</summary>
    internal TInfo[] Sorted(Comparison<TInfo> order)
    {
        TInfo[] sorted = [.. _all.Values];
        Array.Sort(sorted, order);
        return sorted;
    }
}
