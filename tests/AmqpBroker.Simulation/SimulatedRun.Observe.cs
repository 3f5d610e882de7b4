using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>What clients were sent: sorted by what the model has to account for, in the order of each channel.</summary>
internal sealed partial class SimulatedRun
{
    private void Collect()
    {
        for (int i = 0; i < Clients; i++)
        {
            while (_clients[i].Real.Frames.TryDequeue(out Frame? frame))
            {
                Sort(i, frame);
            }
        }
    }

    private void Sort(int client, Frame frame)
    {
        ModelChannel channel = _channels[(client * ChannelsPerClient) + frame.Channel - 1]
            ?? throw new ViolationException($"{frame} on a channel that is not open.");
        switch (frame.Method)
        {
            case BasicDeliver deliver:
                if (!channel.SeenConsumers.Contains(deliver.ConsumerTag.ToString()))
                {
                    throw new ViolationException($"{frame} before its consume-ok, or after its end.");
                }

                channel.Deliveries.Enqueue(frame);
                return;
            case BasicAck or BasicNack:
                channel.Confirms.Enqueue(frame);
                return;
            case BasicReturn:
                channel.Returns.Enqueue(frame);
                return;
            case BasicConsumeOk ok:
                channel.SeenConsumers.Add(ok.ConsumerTag.ToString());
                break;
            case BasicCancelOk ok:
                channel.SeenConsumers.Remove(ok.ConsumerTag.ToString());
                break;
            case BasicCancel cancel:
                channel.SeenConsumers.Remove(cancel.ConsumerTag.ToString());
                break;
        }

        channel.Answers.Enqueue(frame);
    }

    /// <summary>Each publish is confirmed or refused once, not before it is durable, and after it was returned.</summary>
    private void CheckConfirms()
    {
        foreach (ModelChannel channel in _model.Channels)
        {
            while (channel.Confirms.TryDequeue(out Frame? frame))
            {
                if (frame.Method is BasicNack nack)
                {
                    Resolve(channel, frame, u => u.Tag == nack.DeliveryTag, refused: true);
                }
                else if (frame.Method is BasicAck ack)
                {
                    Resolve(channel, frame, u => u.Tag == ack.DeliveryTag || (ack.Multiple && u.Tag < ack.DeliveryTag), refused: false);
                }
            }

            if (channel.Unconfirmed.Exists(u => u.Refused))
            {
                throw new ViolationException($"A refused publish was not refused at once.");
            }
        }
    }

    private void Resolve(ModelChannel channel, Frame frame, Predicate<Unconfirmed> which, bool refused)
    {
        List<Unconfirmed> resolved = channel.Unconfirmed.FindAll(which);
        if (resolved.Count == 0)
        {
            throw new ViolationException($"{frame} speaks of what was not published, or was confirmed before.");
        }

        if (resolved.Find(u => u.Refused != refused) is { } wrong)
        {
            throw new ViolationException($"{frame} speaks of publish {wrong.Tag}, which was{(wrong.Refused ? "" : " not")} refused.");
        }

        if (!refused && resolved.Find(u => u.NotBefore > Committed) is { } early)
        {
            throw new ViolationException($"{frame} confirms publish {early.Tag} before the sync.");
        }

        if (resolved.Exists(u => u.ReturnedAt > frame.At))
        {
            throw new ViolationException($"{frame} came before a return.");
        }

        channel.Unconfirmed.RemoveAll(which);
    }
}
