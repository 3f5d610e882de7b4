using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>Getting messages: consume, cancel, get, and how many may be unacknowledged.</summary>
public sealed partial class ChannelSession
{
    private void Qos(in BasicQos qos)
    {
        if (qos.PrefetchSize != 0)
        {
            throw new ConnectionException(ReplyCode.NotImplemented, $"prefetch_size!=0 ({qos.PrefetchSize})");
        }

        if (qos.Global)
        {
            _globalPrefetch = qos.PrefetchCount;
            WakeConsumers();
        }
        else
        {
            // RabbitMQ's meaning: a limit for each consumer that comes after this; it lifts the channel's own.
            _nextPrefetch = qos.PrefetchCount;
            _globalPrefetch = 0;
            WakeConsumers();
        }

        Reply(default(BasicQosOk));
    }

    private void Consume(in BasicConsume consume)
    {
        if (consume.Queue == ReplyTo.PseudoQueue)
        {
            ConsumeReplies(in consume);
            return;
        }

        ShortString tag = NewTag(consume.ConsumerTag);
        if (_consumers.Count >= Host.Limits.ConsumersPerChannel)
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed, $"reached maximum ({Host.Limits.ConsumersPerChannel}) of consumers per channel");
        }

        ShortString name = QueueNameOrLast(consume.Queue);
        Access.Queue(AccessKind.Read, name);
        MessageQueue queue = Host.GetQueue(name);
        CheckOwner(queue);

        ConsumeArguments arguments = ConsumeArguments.Parse(
            consume.Arguments, queue.Name, queue.Arguments.Type, Host.NameText);
        if (queue.Consumers.HasExclusive
            || (consume.Exclusive && (queue.Consumers.Count > 0 || queue.Arguments.SingleActiveConsumer)))
        {
            throw new ChannelException(ReplyCode.AccessRefused, $"queue '{queue.Name}' in vhost '{Host.Name}' in exclusive use");
        }

        var consumer = new Consumer(this, queue, tag)
        {
            NoAck = consume.NoAck,
            Exclusive = consume.Exclusive,
            Priority = arguments.Priority,
            OwnTimeoutMs = arguments.ConsumerTimeoutMs,
            Prefetch = _nextPrefetch,
            Arguments = consume.Arguments,
        };
        _consumers.Add(tag, consumer);
        queue.HadConsumer = true;
        if (!consume.NoWait)
        {
            Reply(new BasicConsumeOk(tag));
        }

        if (_gatedReplies > 0)
        {
            consumer.HeldBehind = _lastGated;
            _heldConsumers++;
        }

        queue.Consumers.Add(consumer);
        Host.PumpLater(queue);
    }

    private void Cancel(in BasicCancel cancel)
    {
        if (_consumers.Remove(cancel.ConsumerTag, out Consumer? consumer))
        {
            consumer.Cancelled = true;
            consumer.Queue.Consumers.Remove(consumer);
            Host.PumpLater(consumer.Queue);
            Host.ConsumerGone(consumer.Queue);
        }
        else if (cancel.ConsumerTag == _replyTag)
        {
            ForgetReplies();
        }

        if (!cancel.NoWait)
        {
            Reply(new BasicCancelOk(cancel.ConsumerTag));
        }
    }

    private void Get(in BasicGet get)
    {
        ShortString name = QueueNameOrLast(get.Queue);
        Access.Queue(AccessKind.Read, name);
        MessageQueue queue = Host.GetQueue(name);
        CheckOwner(queue);
        bool quorum = queue.Arguments.Type == QueueType.Quorum;
        if (quorum && queue.Arguments.SingleActiveConsumer)
        {
            throw new ChannelException(
                ReplyCode.ResourceLocked,
                $"cannot obtain access to locked queue '{queue.Name}' in vhost '{Host.Name}'. basic.get operations are not "
                + "supported by quorum queues with single active consumer");
        }

        queue.NoteUse();
        QueueEntry? entry = queue.Take();
        if (entry is null)
        {
            if (queue.ReadyCount > 0)
            {
                Stall(queue);
                return;
            }

            Count(Figure.GetEmpty, queue);
            Reply(default(BasicGetEmpty));
            return;
        }

        ulong tag = ++_lastDeliveryTag;
        CountTaken(get.NoAck ? Figure.GetNoAck : Figure.Get, entry);
        Message content = ContentOf(entry, evenTheFirst: quorum);
        var reply = new BasicGetOk(
            tag, entry.Redelivered, content.Exchange, content.RoutingKey, (uint)queue.ReadyCount);
        ReplyWithContent(in reply, content);
        content.Release();
        if (get.NoAck)
        {
            queue.Acknowledge(entry);
        }
        else
        {
            _unacked.Add(tag, entry, null, SettleBy(queue.ConsumerTimeoutMs));
        }
    }

    /// <summary>Sends a message to one of the channel's consumers.</summary>
    internal void Deliver(Consumer consumer, QueueEntry entry, bool track)
    {
        ulong tag = ++_lastDeliveryTag;
        CountTaken(track ? Figure.Deliver : Figure.DeliverNoAck, entry);
        Message content = ContentOf(entry);
        var deliver = new BasicDeliver(consumer.Tag, tag, entry.Redelivered, content.Exchange, content.RoutingKey);
        _session.Chunk.MethodWithContent(Number, in deliver, content);
        _session.NoteDelivery(content.Bytes);
        content.Release();
        if (track)
        {
            _unacked.Add(tag, entry, consumer, SettleBy(consumer.TimeoutMs));
            _globalUnacked++;
        }
    }

    /// <summary>The consumer's queue has no more for it: nothing more comes, and a client that can take it is told.</summary>
    internal void CancelledByBroker(Consumer consumer)
    {
        if (Cancel(consumer) && !_ended && _session.Identity.TakesConsumerCancel)
        {
            Reply(new BasicCancel(consumer.Tag, NoWait: true));
        }
    }

    private bool Cancel(Consumer consumer)
    {
        consumer.Cancelled = true;
        consumer.Queue.Consumers.Remove(consumer);
        return _consumers.Remove(consumer.Tag);
    }

    /// <summary>Ends the consumers whose queues the user may not read any more; their unacknowledged messages stay with the channel.</summary>
    internal void CancelRefusedConsumers()
    {
        foreach (Consumer consumer in _consumers.Values.Where(c => !Access.Allows(AccessKind.Read, c.Queue.Name)).ToArray())
        {
            CancelledByBroker(consumer);
            Host.PumpLater(consumer.Queue);
            Host.ConsumerGone(consumer.Queue);
        }
    }

    /// <summary>
    /// Something made room for deliveries to this channel. There may be little of it: each time another consumer is the first
    /// to be asked, so that none starves behind one whose queue never ends.
    /// </summary>
    internal void WakeConsumers()
    {
        if (_consumers.Count == 0)
        {
            return;
        }

        int first = (int)(_wakes++ % (uint)_consumers.Count);
        Wake(first, _consumers.Count);
        Wake(0, first);
    }

    private void Wake(int from, int to)
    {
        int index = 0;
        foreach (Consumer consumer in _consumers.Values)
        {
            if (index >= from && index < to)
            {
                consumer.Queue.Consumers.Ready(consumer);
                Host.PumpLater(consumer.Queue);
            }

            index++;
        }
    }

    /// <summary>
    /// A reply that waited for the disk was sent: consumers whose consume-ok it was, or came before it, may be served. Later
    /// replies of the channel may still wait.
    /// </summary>
    private void ReleaseConsumers(long sent)
    {
        _heldConsumers = 0;
        foreach (Consumer consumer in _consumers.Values)
        {
            if (consumer.HeldBehind > sent)
            {
                _heldConsumers++;
            }
            else if (consumer.HeldBehind > 0)
            {
                consumer.HeldBehind = 0;
                consumer.Queue.Consumers.Ready(consumer);
                Host.PumpLater(consumer.Queue);
            }
        }
    }

    /// <summary>The message as this entry's receiver sees it; the caller releases it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="evenTheFirst">Whether a count of 0 is told too, as RabbitMQ does where a quorum queue is asked for one.</param>
    private static Message ContentOf(QueueEntry entry, bool evenTheFirst = false)
    {
        if (evenTheFirst || (entry.DeliveryCount > 0 && entry.Queue.Settings.ReportsDeliveryCount))
        {
            return entry.Message!.WithDeliveryCount(entry.DeliveryCount);
        }

        entry.Message!.Retain();
        return entry.Message!;
    }

    /// <summary>The tag asked for, or one made here.</summary>
    /// <exception cref="ConnectionException">530: the channel has a consumer of this tag.</exception>
    private ShortString NewTag(ShortString asked)
    {
        if (_consumers.ContainsKey(asked) || asked == _replyTag)
        {
            throw new ConnectionException(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{asked}'");
        }

        return asked.IsEmpty ? Names.ConsumerTag(Host.FillRandom) : asked;
    }

    private ShortString QueueNameOrLast(ShortString name)
    {
        if (!name.IsEmpty)
        {
            return name;
        }

        return _lastQueue ?? throw new ChannelException(ReplyCode.NotFound, "no previously declared queue");
    }

    /// <exception cref="ChannelException">405: the queue is another connection's alone.</exception>
    private void CheckOwner(MessageQueue queue)
    {
        if (queue.Owner is not null && !ReferenceEquals(queue.Owner, _session))
        {
            throw OwnedElsewhere(queue);
        }
    }

    private ChannelException OwnedElsewhere(MessageQueue queue) => new(
        ReplyCode.ResourceLocked,
        $"cannot obtain exclusive access to locked queue '{queue.Name}' in vhost '{Host.Name}'. It could be originally "
        + "declared on another connection or the exclusive property value does not match that of the original declaration.");
}
