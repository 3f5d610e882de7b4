using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Sessions;

/// <summary>What is counted of a channel, and what there is to tell of it.</summary>
public sealed partial class ChannelSession
{
    private Meter? _meter;

    /// <summary>Where the virtual host's list keeps it; less than 0: nowhere.</summary>
    internal int Place { get; set; } = -1;

    /// <summary>What there is to tell of it.</summary>
    internal ChannelInfo Describe(string virtualHost, bool withHistory) => new(
        _session.Identity.ConnectionName, Number, Capture.Text(_session.Identity.User.Name), virtualHost)
    {
        Transactional = _transaction is not null,
        Confirms = _confirms,
        Consumers = _consumers.Count,
        UnackedMessages = _unacked.Count,
        UnconfirmedMessages = _confirms && _lastTaken > _confirmedTo ? (long)(_lastTaken - _confirmedTo) : 0,
        UncommittedMessages = _transaction?.Publishes.Count ?? 0,
        UncommittedAcks = _transaction?.Settlements.Count ?? 0,
        Prefetch = _nextPrefetch,
        GlobalPrefetch = _globalPrefetch,
        Reading = _meter?.Read(Host.Meters, withHistory),
    };

    private void Count(Figure figure, long times = 1)
    {
        Meter meter = _meter ??= new Meter(MeterKind.Channel);
        meter.Counts[(int)figure] += times;
        Host.Meters.Touch(meter);
    }

    /// <summary>Counts for the channel and for a queue.</summary>
    private void Count(Figure figure, MessageQueue queue)
    {
        Count(figure);
        queue.Count(figure);
    }

    /// <summary>A delivery or a get, which may be of a message that was out before.</summary>
    private void CountTaken(Figure figure, QueueEntry entry)
    {
        Count(figure, entry.Queue);
        if (entry.Redelivered)
        {
            Count(Figure.Redeliver, entry.Queue);
        }
    }
}
