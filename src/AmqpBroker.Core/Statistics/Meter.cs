using System.Runtime.CompilerServices;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.Statistics;

/// <summary>
/// What is counted of one queue, exchange or channel. Counting is an increment, and one comparison to be noted for the next
/// sample (<see cref="Meters.Touch"/>). Lane only.
/// </summary>
internal sealed class Meter
{
    /// <summary>Counts, and the two lengths of queues.</summary>
    internal const int Width = (int)Figure.Unacked + 1;

    /// <summary>Samples of a minute, and the one before.</summary>
    private const int KeptSamples = 14;

    internal Counters Counts;
    private readonly MeterKind _kind;
    private readonly MessageQueue? _queue;
    private readonly long _firstReady;
    private readonly long _firstUnacked;
    private History? _history;

    /// <summary>A meter; one of a queue, which may hold messages already, comes with it.</summary>
    internal Meter(MeterKind kind, MessageQueue? queue = null)
    {
        _kind = kind;
        _queue = queue;
        _firstReady = queue?.ReadyCount ?? 0;
        _firstUnacked = queue?.UnackedCount ?? 0;
    }

    /// <summary>The period in which it was noted last.</summary>
    internal int NotedIn { get; set; }

    /// <summary>Takes a sample.</summary>
    /// <param name="tick">The tick.</param>
    /// <param name="totals">Where what was counted since the last sample is added.</param>
    internal void Sample(long tick, Span<long> totals)
    {
        if (_history is null)
        {
            _history = new History(Width, KeptSamples);
            Span<long> before = stackalloc long[Width];
            before.Clear();
            before[(int)Figure.Ready] = _firstReady;
            before[(int)Figure.Unacked] = _firstUnacked;
            _history.Append(tick - 1, before);
        }

        TakeLengths();
        ReadOnlySpan<long> last = _history.ValuesFromEnd(0, out _);
        if (_kind == MeterKind.Channel)
        {
            // What the others count the channels count too.
            for (int i = 0; i <= (int)Figure.Ack; i++)
            {
                totals[i] += Counts[i] - last[i];
            }
        }

        _history.Append(tick, Counts);
    }

    internal Reading Read(Meters meters, bool withHistory)
    {
        TakeLengths();
        long[] now = ((ReadOnlySpan<long>)Counts).ToArray();
        return new Reading(now, _history?.Copy(withHistory ? KeptSamples : 2) ?? [], meters.Tick, meters.IntervalMs);
    }

    private void TakeLengths()
    {
        if (_queue is not null)
        {
            Counts[(int)Figure.Ready] = _queue.Deleted ? 0 : _queue.ReadyCount;
            Counts[(int)Figure.Unacked] = _queue.Deleted ? 0 : _queue.UnackedCount;
        }
    }

    /// <summary>By <see cref="Figure"/>.</summary>
    [InlineArray(Width)]
    internal struct Counters
    {
        private long _first;
    }
}
