using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Statistics;

/// <summary>
/// The meters of a virtual host: those that counted something are noted, and sampled when somebody asks for it; who does
/// nothing costs nothing. Lane only.
/// </summary>
internal sealed class Meters(VirtualHost host)
{
    /// <summary>Samples of the virtual host's own figures: ten minutes.</summary>
    private const int KeptSamples = 121;

    /// <summary>Meters in one turn: a sample is a copy of some hundred bytes, so this stays far below 0.1 ms.</summary>
    private const int SamplesPerTurn = 256;

    private const int Width = (int)Figure.QueueDeleted + 1;

    private readonly long[] _totals = new long[Width];
    private readonly History _history = new(Width, KeptSamples);
    private List<Meter> _noted = [];
    private List<Meter> _sampled = [];
    private bool _sampling;
    private int _next;
    private DestinationWalk<MessageQueue>? _lengths;
    private long _ready;
    private long _unacked;

    /// <summary>The last tick at which samples were taken; 0: at none.</summary>
    internal long Tick { get; private set; }

    /// <summary>From one tick to the next, in milliseconds.</summary>
    internal double IntervalMs { get; private set; } = 1;

    // Meters are noted once in a period.
    private int _period = 1;

    /// <summary>The meter has counted something.</summary>
    internal void Touch(Meter meter)
    {
        if (meter.NotedIn != _period)
        {
            meter.NotedIn = _period;
            if (_sampling)
            {
                _noted.Add(meter);
            }
        }
    }

    /// <summary>Counts something of the virtual host itself.</summary>
    internal void Count(Figure figure) => _totals[(int)figure]++;

    /// <summary>Begins to take samples; the first time, meters are noted from here on.</summary>
    internal void Begin()
    {
        _sampling = true;
        _period++;
        (_noted, _sampled) = (_sampled, _noted);
        _next = 0;
        _ready = 0;
        _unacked = 0;
        _lengths = new DestinationWalk<MessageQueue>(queue =>
        {
            _ready += queue.ReadyCount;
            _unacked += queue.UnackedCount;
        });
    }

    /// <summary>Takes the next samples. Gives true while there are more.</summary>
    internal bool Continue(long tick, double intervalMs)
    {
        if (_next < _sampled.Count)
        {
            int end = Math.Min(_sampled.Count, _next + SamplesPerTurn);
            for (; _next < end; _next++)
            {
                _sampled[_next].Sample(tick, _totals);
            }

            return true;
        }

        if (_lengths!.Continue(host.QueueRegistry))
        {
            return true;
        }

        // A burst must not keep its list for ever.
        _sampled = _sampled.Count > SamplesPerTurn ? [] : Cleared(_sampled);
        _totals[(int)Figure.Ready] = _ready;
        _totals[(int)Figure.Unacked] = _unacked;
        if (_history.Count == 0)
        {
            _history.Append(tick - 1, _totals);
        }

        _history.Append(tick, _totals);
        (Tick, IntervalMs) = (tick, intervalMs);
        return false;
    }

    internal Reading Read(bool withHistory) =>
        new([.. _totals], _history.Copy(withHistory ? KeptSamples : 2), Tick, IntervalMs);

    private static List<Meter> Cleared(List<Meter> list)
    {
        list.Clear();
        return list;
    }
}
