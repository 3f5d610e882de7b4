namespace AmqpBroker.Core.Statistics;

/// <summary>
/// What a row of figures was, sample by sample. A sample is named by its tick, of which there is one each sampling interval;
/// ticks at which nothing had changed are left out. Not thread-safe.
/// </summary>
/// <param name="width">Figures in a row.</param>
/// <param name="capacity">Samples that are kept; the oldest go.</param>
public sealed class History(int width, int capacity)
{
    private const int SmallestCapacity = 2;

    private readonly int _stride = width + 1;
    private long[] _entries = [];
    private int _first;
    private int _count;

    /// <summary>Samples that are kept.</summary>
    public int Count => _count;

    /// <summary>Adds a sample.</summary>
    /// <param name="tick">When; later than all before.</param>
    /// <param name="values">The figures.</param>
    public void Append(long tick, ReadOnlySpan<long> values)
    {
        int room = _entries.Length / _stride;
        if (_count == room)
        {
            if (room < capacity)
            {
                Grow(Math.Min(capacity, Math.Max(SmallestCapacity, room * 2)));
            }
            else
            {
                _first = (_first + 1) % room;
                _count--;
            }
        }

        Span<long> entry = EntryAt(_count++);
        entry[0] = tick;
        values[..width].CopyTo(entry[1..]);
    }

    /// <summary>The sample that is so many before the newest.</summary>
    public ReadOnlySpan<long> ValuesFromEnd(int back, out long tick)
    {
        Span<long> entry = EntryAt(_count - 1 - back);
        tick = entry[0];
        return entry[1..];
    }

    /// <summary>A copy of the newest samples, oldest first, each with its tick before its figures.</summary>
    public long[] Copy(int atMost)
    {
        int count = Math.Min(atMost, _count);
        long[] copy = new long[count * _stride];
        for (int i = 0; i < count; i++)
        {
            EntryAt(_count - count + i).CopyTo(copy.AsSpan(i * _stride));
        }

        return copy;
    }

    private Span<long> EntryAt(int index) => _entries.AsSpan((_first + index) % (_entries.Length / _stride) * _stride, _stride);

    private void Grow(int capacity)
    {
        long[] entries = new long[capacity * _stride];
        for (int i = 0; i < _count; i++)
        {
            EntryAt(i).CopyTo(entries.AsSpan(i * _stride));
        }

        _entries = entries;
        _first = 0;
    }
}
