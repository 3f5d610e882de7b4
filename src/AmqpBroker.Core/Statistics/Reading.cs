namespace AmqpBroker.Core.Statistics;

/// <summary>Figures as they were at one moment, with their rates and, as far as it was asked for, their past. Immutable.</summary>
public sealed class Reading
{
    private readonly long[] _now;
    private readonly long[] _samples;
    private readonly int _stride;
    private readonly long _tick;
    private readonly double _intervalMs;

    /// <summary>A reading.</summary>
    /// <param name="now">The figures.</param>
    /// <param name="samples">Samples, oldest first, each with its tick before its figures.</param>
    /// <param name="tick">The last tick at which samples were taken.</param>
    /// <param name="intervalMs">From one tick to the next, in milliseconds.</param>
    public Reading(long[] now, long[] samples, long tick, double intervalMs)
    {
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(samples);
        _now = now;
        _samples = samples;
        _stride = now.Length + 1;
        _tick = tick;
        _intervalMs = intervalMs;
    }

    /// <summary>When something was last counted, if that is some samples ago; null otherwise.</summary>
    public DateTimeOffset? IdleSince => _samples.Length > 0 && _samples[^_stride] is var last && last < _tick - 1
        ? DateTimeOffset.FromUnixTimeMilliseconds((long)(last * _intervalMs))
        : null;

    /// <summary>The sum of these figures.</summary>
    public long Value(params ReadOnlySpan<int> figures)
    {
        long sum = 0;
        foreach (int figure in figures)
        {
            sum += _now[figure];
        }

        return sum;
    }

    /// <summary>How fast that sum changed between the last two samples, each second.</summary>
    public double Rate(params ReadOnlySpan<int> figures) =>
        _tick == 0 ? 0 : (At(_tick, figures) - At(_tick - 1, figures)) * 1000 / _intervalMs;

    /// <summary>What the sum was, newest first.</summary>
    /// <param name="ageMs">How far back.</param>
    /// <param name="stepMs">From one sample to the one before.</param>
    /// <param name="figures">The figures.</param>
    public IReadOnlyList<(long TimeMs, long Value)> Samples(long ageMs, long stepMs, params ReadOnlySpan<int> figures)
    {
        var found = new List<(long, long)>();
        long newest = (long)(_tick * _intervalMs) / stepMs * stepMs;
        for (long time = newest; time >= newest - ageMs && _tick > 0; time -= stepMs)
        {
            found.Add((time, At((long)Math.Ceiling(time / _intervalMs), figures)));
        }

        return found;
    }

    /// <summary>The sum as of the last sample that is not younger than the tick; before the first it was as then.</summary>
    private long At(long tick, ReadOnlySpan<int> figures)
    {
        int count = _samples.Length / _stride;
        if (count == 0)
        {
            return Value(figures);
        }

        int at = count - 1;
        while (at > 0 && _samples[at * _stride] > tick)
        {
            at--;
        }

        long sum = 0;
        foreach (int figure in figures)
        {
            sum += _samples[(at * _stride) + 1 + figure];
        }

        return sum;
    }
}
