using System.Globalization;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>What clients were sent, held against the model.</summary>
internal sealed partial class SimulatedRun
{
    private readonly List<(ModelConsumer Consumer, int Id, BasicDeliver Method)> _deliveries = [];

    /// <summary>Reads everything, and says so if something is wrong, missing, too early, or not in order.</summary>
    private void Observe()
    {
        _deliveries.Clear();
        for (int i = 0; i < Clients; i++)
        {
            while (_clients[i].ReceivedCount > 0)
            {
                Receive(i, _clients[i].Next());
            }
        }

        foreach (QueueKind kind in QueueKind.All)
        {
            if (_queues.TryGetValue(kind.Name, out ModelQueue? queue))
            {
                CheckOrder(queue);
                if (_published.Contains(queue))
                {
                    DropOverflow(queue);
                }
            }
        }

        _published.Clear();
        CheckLimits();
        CheckNothingIsLeft();
    }

    private void Receive(int client, Received received)
    {
        ModelChannel channel = _channels[(client * ChannelsPerClient) + received.Channel - 1]
            ?? throw new ViolationException($"{received.Method} on a channel that is not open.");
        switch (received.Method)
        {
            case BasicDeliver deliver:
                Deliver(channel, deliver, Id(received));
                break;
            case BasicAck ack:
                Confirm(channel, ack);
                break;
            case BasicNack nack:
                if (nack.Multiple || channel.Unconfirmed.RemoveAll(u => u.Tag == nack.DeliveryTag && u.Refused) != 1)
                {
                    throw new ViolationException($"{nack} refuses what was not to be refused.");
                }

                break;
            case BasicReturn:
                if (!channel.ExpectedReturns.TryDequeue(out int id) || id != Id(received))
                {
                    throw new ViolationException($"Message {Id(received)} was returned.");
                }

                break;
            default:
                Answer(channel, received);
                break;
        }
    }

    private void Deliver(ModelChannel channel, BasicDeliver deliver, int id)
    {
        if (!channel.Consumers.TryGetValue(deliver.ConsumerTag.ToString(), out ModelConsumer? consumer) || !consumer.Active)
        {
            throw new ViolationException($"Message {id} was delivered to {deliver.ConsumerTag}, which is no consumer (now).");
        }

        if (deliver.DeliveryTag != ++channel.LastTag)
        {
            throw new ViolationException($"Delivery tag {deliver.DeliveryTag} instead of {channel.LastTag}.");
        }

        _deliveries.Add((consumer, id, deliver));
    }

    /// <summary>The first ready messages were delivered, no other, each once, and each channel got its share in order.</summary>
    private void CheckOrder(ModelQueue queue)
    {
        (ModelConsumer Consumer, Held Held, BasicDeliver Method)[] delivered =
            [.. _deliveries.Where(d => d.Consumer.Queue == queue).Select(d => (d.Consumer, Find(d.Consumer, d.Id, d.Method), d.Method))];
        if (delivered.Length == 0)
        {
            return;
        }

        ModelMessage[] expected = [.. queue.Ready.Take(delivered.Length)];
        ModelMessage[] real = [.. delivered.Select(d => d.Held.Message).OrderBy(m => m.Order)];
        if (!expected.SequenceEqual(real))
        {
            throw new ViolationException(
                $"From {queue.Kind.Name} came {string.Join(' ', real.Select(m => m.Id))} and the first are {string.Join(' ', expected.Select(m => m.Id))}.");
        }

        foreach (var share in delivered.GroupBy(d => d.Consumer.Channel))
        {
            long[] orders = [.. share.OrderBy(d => d.Held.Tag).Select(d => d.Held.Message.Order)];
            if (!orders.SequenceEqual(orders.Order()))
            {
                throw new ViolationException($"Messages of {queue.Kind.Name} came out of order.");
            }
        }

        foreach ((ModelConsumer consumer, Held held, BasicDeliver method) in delivered)
        {
            ModelMessage message = held.Message;
            var says = new BasicDeliver(
                method.ConsumerTag, held.Tag, message.Redelivered, TestChannel.Name(message.Exchange), TestChannel.Name(message.Key));
            if (says != method)
            {
                throw new ViolationException($"Message {message.Id} came with {method} instead of {says}.");
            }

            Taken(held, consumer.Channel, consumer.NoAck);
        }
    }

    private static Held Find(ModelConsumer consumer, int id, BasicDeliver method)
    {
        ModelMessage message = consumer.Queue.Ready.FirstOrDefault(m => m.Id == id)
            ?? throw new ViolationException($"Message {id} was delivered from {consumer.Queue.Kind.Name}, where it is not ready.");
        return new Held(method.DeliveryTag, consumer.Queue, message, consumer);
    }

    private void Taken(Held held, ModelChannel channel, bool noAck)
    {
        held.Message.DeliveredAt = Math.Min(held.Message.DeliveredAt, Position);
        if (noAck)
        {
            End(held.Queue, held.Message, deadLetter: false);
        }
        else
        {
            held.Message.Ready = false;
            channel.Unacked.Add(held.Tag, held);
        }
    }

    private void Confirm(ModelChannel channel, BasicAck ack)
    {
        Unconfirmed[] confirmed = [.. channel.Unconfirmed.Where(u => u.Tag == ack.DeliveryTag || (ack.Multiple && u.Tag < ack.DeliveryTag))];
        if (confirmed.Length == 0 || confirmed.Any(u => u.Refused || u.NotBefore > _broker.Journal.CommittedPosition))
        {
            throw new ViolationException($"{ack} confirms what was not published, is confirmed already, or is not durable.");
        }

        if (channel.ExpectedReturns.Count > 0)
        {
            throw new ViolationException($"{ack} came before a return.");
        }

        channel.Unconfirmed.RemoveAll(u => confirmed.Contains(u));
    }

    private void Answer(ModelChannel channel, Received received)
    {
        if (!channel.Expected.TryDequeue(out ExpectedReply? expected))
        {
            throw new ViolationException($"Nothing was asked, and the answer is {received.Method}.");
        }

        bool same = expected.Method is ChannelClose ? received.Method is ChannelClose : expected.Method.Equals(received.Method);
        if (!same || (expected.BodyId is { } id && id != Id(received)))
        {
            throw new ViolationException($"The answer is {received.Method} with {received.Text}, expected is {expected}.");
        }

        if (expected.NotBefore > _broker.Journal.CommittedPosition)
        {
            throw new ViolationException($"{received.Method} came before the sync.");
        }

        if (expected.Activates is { } consumer)
        {
            consumer.Active = true;
        }

        if (received.Method is ChannelClose or ChannelCloseOk)
        {
            _channels[Array.IndexOf(_channels, channel)] = null;
        }
    }

    private void CheckLimits()
    {
        foreach ((ModelConsumer consumer, _, _) in _deliveries)
        {
            bool tooMany = !consumer.NoAck && consumer.Prefetch > 0 && consumer.Unacked > consumer.Prefetch;
            bool channelFull = consumer.Channel.GlobalPrefetch > 0 && consumer.Channel.GlobalUnacked > consumer.Channel.GlobalPrefetch;
            if (tooMany || channelFull)
            {
                throw new ViolationException($"Consumer {consumer.Tag} was sent more than its prefetch.");
            }
        }
    }

    /// <summary>Nobody waits for what could be sent.</summary>
    private void CheckNothingIsLeft()
    {
        foreach (ModelConsumer consumer in OpenChannels.SelectMany(c => c.Consumers.Values))
        {
            if (consumer.HasRoom && consumer.Queue.Ready.Any())
            {
                throw new ViolationException($"Consumer {consumer.Tag} has room, and {consumer.Queue.Kind.Name} has messages.");
            }
        }

        if (OpenChannels.Any(c => c.ExpectedReturns.Count > 0))
        {
            throw new ViolationException("An unroutable message was not returned.");
        }
    }

    private static int Id(Received received) => int.Parse(received.Text, CultureInfo.InvariantCulture);
}
