using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>Ack, nack, reject, recover: what becomes of deliveries.</summary>
public sealed partial class ChannelSession
{
    private enum Settlement : byte
    {
        Acknowledge,
        Reject,

        /// <summary>Given back: nack, recover, or not settled in time.</summary>
        Return,

        /// <summary>Refused for now, or out when the channel ended.</summary>
        Fail,
    }

    private void Acknowledge(ulong tag, bool multiple) => Settle(tag, multiple, Settlement.Acknowledge);

    private void Refuse(ulong tag, bool multiple, bool requeue, Settlement otherwise) =>
        Settle(tag, multiple, requeue ? otherwise : Settlement.Reject);

    private void Settle(ulong tag, bool multiple, Settlement settlement)
    {
        if (multiple)
        {
            SettleAll(tag, settlement);
            return;
        }

        if (!_unacked.TryTake(tag, out Unacked.Item item))
        {
            if (MayHaveTimedOut(tag))
            {
                return;
            }

            throw UnknownTag(tag);
        }

        SettleOrNote(item, settlement);
    }

    private void SettleAll(ulong tag, Settlement settlement)
    {
        // Tag 0 means everything so far; any other tag must be one that waits.
        ulong upTo = tag == 0 ? ulong.MaxValue : tag;
        if (tag != 0 && !_unacked.Contains(tag) && !MayHaveTimedOut(tag))
        {
            throw UnknownTag(tag);
        }

        Unacked.Item item;
        if (settlement is Settlement.Return or Settlement.Fail)
        {
            // From the newest to the oldest: each goes right before the one that went back before it.
            while (_unacked.TryTakeLast(upTo, out item))
            {
                upTo = item.Tag - 1;
                SettleOrNote(item, settlement);
            }
        }
        else
        {
            while (_unacked.TryTakeFirst(upTo, out item))
            {
                SettleOrNote(item, settlement);
            }
        }
    }

    private void SettleOrNote(in Unacked.Item item, Settlement settlement)
    {
        if (_transaction is { } transaction)
        {
            transaction.Settlements.Add((item, settlement));
        }
        else
        {
            Settle(item, settlement);
        }
    }

    private void Settle(in Unacked.Item item, Settlement settlement)
    {
        QueueEntry entry = item.Entry!;
        MessageQueue queue = entry.Queue;
        if (item.Consumer is { } consumer)
        {
            if (--consumer.Unacked == 0 && consumer.Yields)
            {
                queue.Consumers.Preempt();
                Host.PumpLater(queue);
            }

            bool channelWasFull = _globalPrefetch != 0 && _globalUnacked >= _globalPrefetch;
            _globalUnacked--;
            if (channelWasFull)
            {
                WakeConsumers();
            }
            else if (!consumer.InRound && !consumer.Cancelled)
            {
                consumer.Queue.Consumers.Ready(consumer);
                Host.PumpLater(consumer.Queue);
            }
        }

        switch (settlement)
        {
            case Settlement.Acknowledge:
                Count(Figure.Ack, queue);
                queue.Acknowledge(entry);
                break;
            case Settlement.Reject:
                queue.Reject(entry);
                break;
            default:
                queue.Requeue(entry, settlement == Settlement.Fail ? RetryDelay.Failed : RetryDelay.Returned);
                Host.PumpLater(queue);
                break;
        }
    }

    private void Recover(bool requeue)
    {
        if (!requeue)
        {
            throw new ConnectionException(ReplyCode.NotImplemented, "requeue=false");
        }

        RequeueAll(Settlement.Return);
    }

    private void RequeueAll(Settlement settlement)
    {
        ulong upTo = ulong.MaxValue;
        while (_unacked.TryTakeLast(upTo, out Unacked.Item item))
        {
            upTo = item.Tag - 1;
            Settle(item, settlement);
        }
    }

    private static ChannelException UnknownTag(ulong tag) =>
        new(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");
}
