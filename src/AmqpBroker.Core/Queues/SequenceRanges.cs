namespace AmqpBroker.Core.Queues;

/// <summary>Sequence numbers in the order they came, neighbours joined to ranges. Used again after <see cref="Clear"/>. Lane only.</summary>
internal sealed class SequenceRanges
{
    private Range[] _ranges = new Range[2];

    /// <summary>Numbers from First to Last, both included.</summary>
    internal readonly record struct Range(long First, long Last);

    internal int Count { get; private set; }

    internal ReadOnlySpan<Range> All => _ranges.AsSpan(0, Count);

    internal void Add(long sequence)
    {
        if (Count > 0 && _ranges[Count - 1].Last + 1 == sequence)
        {
            _ranges[Count - 1] = new Range(_ranges[Count - 1].First, sequence);
            return;
        }

        if (Count == _ranges.Length)
        {
            Array.Resize(ref _ranges, Count * 2);
        }

        _ranges[Count++] = new Range(sequence, sequence);
    }

    internal void Clear() => Count = 0;
}
