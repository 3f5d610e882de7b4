namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Divides a fixed number of buckets among destinations in proportion to their weights. Each bucket belongs to the
/// destination that scores best for it, and a score depends on nothing but bucket, destination and weight: so the
/// division does not depend on the order in which destinations came, a new one takes buckets for itself and moves no
/// other, and what one leaves behind is divided among the rest. Finding a bucket's owner takes constant time; a change
/// costs one score for each bucket, some 0.1 ms. Lane only.
/// </summary>
internal sealed class HashBuckets
{
    /// <summary>Among ten equal destinations each gets its tenth within some 3 %; the table is 256 KiB.</summary>
    internal const int Count = 16 * 1024;

    private readonly List<Share> _shares = [];
    private Share[] _owners = [];
    private double[] _scores = [];
    private bool _hasOrphans;

    /// <summary>Whether there is no destination.</summary>
    public bool IsEmpty => _shares.Count == 0;

    /// <summary>The destination of a hash. There must be one.</summary>
    public Destination Find(ulong hash)
    {
        if (_hasOrphans)
        {
            AdoptOrphans();
        }

        return _owners[hash % Count].Destination;
    }

    /// <summary>Gives a destination its part. It must not have one.</summary>
    public void Add(Destination destination, double weight)
    {
        var share = new Share(destination, weight);
        _shares.Add(share);
        if (_shares.Count == 1)
        {
            _owners = new Share[Count];
            _scores = new double[Count];
            _scores.AsSpan().Fill(double.PositiveInfinity);
            _hasOrphans = false;
        }

        for (int bucket = 0; bucket < Count; bucket++)
        {
            double score = share.Score(bucket);
            if (score < _scores[bucket])
            {
                _scores[bucket] = score;
                _owners[bucket] = share;
            }
        }
    }

    /// <summary>
    /// Takes a destination's part away. Its buckets are divided when the next message comes: an exchange that is deleted
    /// loses all its bindings one by one, and need not divide for each.
    /// </summary>
    public void Remove(Destination destination)
    {
        int place = _shares.FindIndex(share => ReferenceEquals(share.Destination, destination));
        _shares[place].IsGone = true;
        _shares.RemoveAt(place);
        _hasOrphans = true;
        if (_shares.Count == 0)
        {
            _owners = [];
            _scores = [];
        }
    }

    private void AdoptOrphans()
    {
        _hasOrphans = false;
        for (int bucket = 0; bucket < Count; bucket++)
        {
            if (!_owners[bucket].IsGone)
            {
                continue;
            }

            _scores[bucket] = double.PositiveInfinity;
            foreach (Share share in _shares)
            {
                double score = share.Score(bucket);
                if (score < _scores[bucket])
                {
                    _scores[bucket] = score;
                    _owners[bucket] = share;
                }
            }
        }
    }

    /// <summary>A destination with its weight.</summary>
    private sealed class Share(Destination destination, double weight)
    {
        private readonly ulong _seed = StableHash.Of(destination.Name.Bytes, destination.IsExchange ? 1UL : 0UL);

        public Destination Destination { get; } = destination;

        public bool IsGone { get; set; }

        /// <summary>
        /// The lowest wins: exponentially distributed with the weight as its rate, so that each wins as often as its part of
        /// the sum of weights.
        /// </summary>
        public double Score(int bucket)
        {
            ulong random = StableHash.Mix(_seed ^ ((ulong)(bucket + 1) * StableHash.Golden));
            double uniform = ((random >> 11) + 0.5) * (1.0 / (1UL << 53));
            return -Math.Log(uniform) / weight;
        }
    }
}
