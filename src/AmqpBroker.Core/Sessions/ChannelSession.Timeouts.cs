using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// Deliveries that the client does not settle in time (consumer timeout). They go back to their queues; who let them wait is
/// cancelled, or closed where that cannot be said. One timer for the channel, set for the first of its deliveries.
/// </summary>
public sealed partial class ChannelSession
{
    /// <summary>Deliveries looked at in one tick: well below a millisecond; the next tick goes on where this one ended.</summary>
    private const int LookedAtPerTick = 4096;

    private SettleTimer? _settleTimer;
    private long _settleDueMs = QueueEntry.Never;
    private long _settleTimeoutMs;
    private bool _settleTimeoutsDiffer;
    private ulong _lookedAtTo;
    private long _nextSettleMs = QueueEntry.Never;
    private ulong _timedOutTo;

    /// <summary>A delivery is sent now: until when it has to be settled.</summary>
    /// <param name="timeoutMs">Its timeout; 0 for none.</param>
    private long SettleBy(long timeoutMs)
    {
        if (timeoutMs == 0)
        {
            return QueueEntry.Never;
        }

        long dueMs = Host.NowMs + timeoutMs;
        if (timeoutMs != _settleTimeoutMs)
        {
            _settleTimeoutsDiffer |= _unacked.Count > 0;
            _settleTimeoutMs = timeoutMs;
        }

        if (dueMs < _settleDueMs)
        {
            SetSettleTimer(dueMs);
        }

        return dueMs;
    }

    private void SetSettleTimer(long dueMs)
    {
        _settleTimer ??= new SettleTimer(this);
        _settleDueMs = dueMs;
        Host.Timers.Set(_settleTimer, dueMs);
    }

    private void CancelSettleTimer()
    {
        if (_settleTimer is not null)
        {
            Host.Timers.Cancel(_settleTimer);
        }
    }

    private void EndTimedOut()
    {
        List<Unacked.Item>? timedOut = null;
        int looked = 0;
        bool all = true;
        foreach (ref readonly Unacked.Item item in _unacked.After(_lookedAtTo))
        {
            if (looked++ == LookedAtPerTick)
            {
                all = false;
                break;
            }

            _lookedAtTo = item.Tag;
            if (item.Entry is null || item.SettleByMs == QueueEntry.Never)
            {
                continue;
            }

            if (item.SettleByMs <= Host.NowMs)
            {
                (timedOut ??= []).Add(item);
                continue;
            }

            _nextSettleMs = Math.Min(_nextSettleMs, item.SettleByMs);
            if (!_settleTimeoutsDiffer)
            {
                // What was sent later is due later.
                break;
            }
        }

        if (timedOut is not null)
        {
            End(timedOut);
        }

        SetNextSettleTimer(all);
    }

    private void SetNextSettleTimer(bool all)
    {
        long nextMs = Host.NowMs;
        if (all)
        {
            nextMs = _nextSettleMs;
            _nextSettleMs = QueueEntry.Never;
            _lookedAtTo = 0;
            _settleTimeoutsDiffer &= _unacked.Count > 0;
        }

        _settleDueMs = QueueEntry.Never;
        if (nextMs != QueueEntry.Never && !_ended)
        {
            SetSettleTimer(nextMs);
        }
    }

    /// <summary>Deliveries are unacknowledged again whose time may have come while they were not.</summary>
    private void LookForTimedOutAgain(List<Unacked.Item> restored)
    {
        if (_settleDueMs == QueueEntry.Never && restored.Exists(static item => item.SettleByMs != QueueEntry.Never))
        {
            SetSettleTimer(Host.NowMs);
        }
    }

    private void End(List<Unacked.Item> timedOut)
    {
        // Only a consumer can be cancelled, and only a client that knows of it can be told.
        if (!_session.Identity.TakesConsumerCancel || timedOut.Exists(static item => item.Consumer is null))
        {
            long timeoutMs = TimeoutOf(timedOut[0]);
            _session.Output.TimedOut(Number, timedOut[0].Entry!.Queue.Name, timeoutMs);
            _session.Fail(this, new ChannelException(
                ReplyCode.PreconditionFailed,
                $"delivery acknowledgement on channel {Number} timed out. Timeout value used: {timeoutMs} ms. "
                + "This timeout value can be configured, see consumers doc guide to learn more"));
            return;
        }

        var cancelled = new List<Consumer>();
        foreach (Unacked.Item item in timedOut)
        {
            if (!item.Consumer!.Cancelled)
            {
                _session.Output.TimedOut(Number, item.Consumer.Queue.Name, TimeoutOf(item));
                CancelledByBroker(item.Consumer);
                cancelled.Add(item.Consumer);
            }
        }

        // As in every return: from the newest to the oldest.
        for (int i = timedOut.Count - 1; i >= 0; i--)
        {
            _timedOutTo = Math.Max(_timedOutTo, timedOut[i].Tag);
            if (_unacked.TryTake(timedOut[i].Tag, out Unacked.Item item))
            {
                Settle(item, Settlement.Return);
            }
        }

        foreach (Consumer consumer in cancelled)
        {
            Host.PumpLater(consumer.Queue);
            Host.ConsumerGone(consumer.Queue);
        }
    }

    private static long TimeoutOf(in Unacked.Item item) => item.Consumer?.TimeoutMs ?? item.Entry!.Queue.ConsumerTimeoutMs;

    /// <summary>
    /// The delivery of this tag may have gone back to its queue without the client knowing: settling it is no fault.
    /// </summary>
    private bool MayHaveTimedOut(ulong tag) => tag != 0 && tag <= _timedOutTo;

    private sealed class SettleTimer(ChannelSession channel) : ITimed
    {
        int IHeapItem.HeapPlace { get; set; }

        void ITimed.Tick() => channel.EndTimedOut();
    }
}
