using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>What channels ask for. Each call is one command, with all that follows from it.</summary>
internal sealed partial class ModelBroker
{
    internal void Publish(ModelChannel channel, ModelMessage message, bool mandatory)
    {
        if (channel.Mode == ChannelMode.Transactions)
        {
            channel.PendingPublishes.Add(new PendingPublish(message, mandatory));
            return;
        }

        RoutePublish(channel, message, mandatory, out _);
        EndCommand();
    }

    internal void Commit(ModelChannel channel)
    {
        PendingPublish[] publishes = [.. channel.PendingPublishes];
        (Held Held, Settlement Settlement)[] settlements = [.. channel.PendingSettlements];
        channel.PendingPublishes.Clear();
        channel.PendingSettlements.Clear();
        bool stored = false;
        bool all = true;
        foreach (PendingPublish publish in publishes)
        {
            stored |= RoutePublish(channel, publish.Message, publish.Mandatory, out bool taken);
            all &= taken;
        }

        foreach ((Held held, Settlement settlement) in settlements)
        {
            stored |= held.Entry.Stored && !held.Queue.Deleted;
            SettleNow(channel, held, settlement);
        }

        if (!all)
        {
            Close(channel, new ExpectedReply(new ChannelClose(ReplyCode.PreconditionFailed, ShortString.Empty, 0, 0)));
            return;
        }

        Reply(channel, new ExpectedReply(default(TxCommitOk), stored ? Awaited() : 0));
        EndCommand();
    }

    internal void Rollback(ModelChannel channel)
    {
        ForgetTransaction(channel);
        Reply(channel, new ExpectedReply(default(TxRollbackOk)));
    }

    internal void Settle(ModelChannel channel, IEnumerable<Held> some, Settlement settlement)
    {
        foreach (Held held in some.ToArray())
        {
            channel.Unacked.Remove(held.Tag);
            if (channel.Mode == ChannelMode.Transactions)
            {
                channel.PendingSettlements.Add((held, settlement));
            }
            else
            {
                SettleNow(channel, held, settlement);
            }
        }

        EndCommand();
    }

    internal void Recover(ModelChannel channel)
    {
        ReturnAll(channel);
        Reply(channel, new ExpectedReply(default(BasicRecoverOk)));
        EndCommand();
    }

    internal void Consume(ModelConsumer consumer)
    {
        ModelChannel channel = consumer.Channel;
        channel.Consumers.Add(consumer.Tag, consumer);
        consumer.Queue.Add(consumer);
        Reply(channel, new ExpectedReply(new BasicConsumeOk(Text.Name(consumer.Tag))));
        EndCommand();
    }

    internal void Cancel(ModelConsumer consumer)
    {
        consumer.Channel.Consumers.Remove(consumer.Tag);
        RemoveConsumer(consumer);
        Reply(consumer.Channel, new ExpectedReply(new BasicCancelOk(Text.Name(consumer.Tag))));
        EndCommand();
    }

    internal void Get(ModelChannel channel, ModelQueue queue, bool noAck)
    {
        queue.UsedAt = Now;
        if (queue.Head() is not { } head)
        {
            Reply(channel, new ExpectedReply(default(BasicGetEmpty)));
            EndCommand();
            return;
        }

        ModelMessage message = head.Message;
        string headers = message.Headers(queue.ToldReturns(head, got: true));
        Take(channel, queue, head, consumer: null, noAck);
        var ok = new BasicGetOk(
            channel.LastTag, head.Redelivered, Text.Name(message.Exchange), Text.Name(message.Key), (uint)queue.ReadyCount);
        Reply(channel, new ExpectedReply(ok, Content: message) { Headers = headers });
        EndCommand();
    }

    internal void Qos(ModelChannel channel, ushort limit, bool global)
    {
        if (global)
        {
            channel.GlobalPrefetch = limit;
        }
        else
        {
            channel.NextPrefetch = limit;
            channel.GlobalPrefetch = 0;
        }

        Reply(channel, new ExpectedReply(default(BasicQosOk)));
        EndCommand();
    }

    internal void Purge(ModelChannel channel, ModelQueue queue)
    {
        uint count = (uint)queue.ReadyCount;
        queue.Entries.RemoveAll(e => e.Ready);
        Reply(channel, new ExpectedReply(new QueuePurgeOk(count), queue.Spec.Survives && count > 0 ? Awaited() : 0));
        EndCommand();
    }

    internal void DeleteQueue(ModelChannel channel, ModelQueue queue)
    {
        uint count = (uint)queue.ReadyCount;
        Delete(queue);
        Reply(channel, new ExpectedReply(new QueueDeleteOk(count), queue.Spec.Survives ? Awaited() : 0));
        EndCommand();
    }

    internal void Declare(ModelChannel channel, QueueSpec spec)
    {
        var queue = new ModelQueue(spec, _nextQueue++) { Owner = spec.Exclusive ? channel.Client : null, UsedAt = Now };
        Queues.Add(spec.Name, queue);
        Reply(channel, new ExpectedReply(new QueueDeclareOk(Text.Name(spec.Name), 0, 0), spec.Survives ? Awaited() : 0));
    }

    /// <summary>A declaration of what is there, passive or not.</summary>
    internal void Look(ModelChannel channel, ModelQueue queue)
    {
        queue.UsedAt = Now;
        Reply(channel, new ExpectedReply(new QueueDeclareOk(
            Text.Name(queue.Name), (uint)queue.ReadyCount, (uint)queue.Consumers.Count)));
    }

    /// <summary>Ends a channel, which is all that its client hears of it.</summary>
    internal void Close(ModelChannel channel, ExpectedReply last)
    {
        EndChannel(channel);
        Reply(channel, last);
        EndCommand();
    }

    internal void Close(ModelClient client)
    {
        foreach (ModelChannel channel in Channels.Where(c => c.Client == client).OrderBy(c => c.Real.Number).ToArray())
        {
            EndChannel(channel);
            Channels.Remove(channel);
        }

        Clients.Remove(client);
        foreach (ModelQueue queue in Queues.Values.Where(q => q.Owner == client).ToArray())
        {
            LetReturnsDie(queue);
            EndReturns(queue);
            Delete(queue);
        }

        EndCommand();
    }

    /// <summary>Takes answers, in order, as far as they came; consumers whose consume-ok is among them may be served from now on.</summary>
    internal void Accept(ModelChannel channel, long committed)
    {
        while (channel.Expected.TryPeek(out ExpectedReply? expected) && channel.Answers.TryPeek(out Frame? frame))
        {
            bool same = expected.Method is ChannelClose close
                ? frame.Method is ChannelClose given && given.ReplyCode == close.ReplyCode
                : expected.Method.Equals(frame.Method);
            if (!same || (expected.Content is { } content
                && (frame.Id != content.Id || frame.Headers != expected.Headers || frame.Expiration != content.Expiration)))
            {
                return;
            }

            if (expected.NotBefore > committed)
            {
                throw new ViolationException($"{frame} came before the sync.");
            }

            channel.Expected.Dequeue();
            channel.Answers.Dequeue();
            if (expected.Method is BasicConsumeOk ok && channel.Consumers.TryGetValue(ok.ConsumerTag.ToString(), out ModelConsumer? consumer))
            {
                consumer.Active = true;
            }
        }
    }

    private void Reply(ModelChannel channel, ExpectedReply reply)
    {
        channel.Expected.Enqueue(reply);
        Accept(channel, Committed());
    }

    internal Func<long> Committed { get; init; } = static () => 0;

    /// <summary>Where that ends which those wait for who are promised something; messages that move are written behind it in the same step.</summary>
    internal required Func<long> Awaited { get; init; }

    /// <summary>Gives true if a durable queue keeps it; <paramref name="taken"/> is false if a queue refused it.</summary>
    private bool RoutePublish(ModelChannel channel, ModelMessage message, bool mandatory, out bool taken)
    {
        taken = true;
        bool stored = false;
        int returnedAt = -1;
        List<string> targets = message.Exchange.Length > 0 && !Router.Exchanges.ContainsKey(message.Exchange)
            ? []
            : Router.Route(message.Exchange, message, Queues.ContainsKey);
        if (targets.Count > 0)
        {
            taken = Enqueue(message, targets, out stored);
        }
        else if (mandatory)
        {
            if (!channel.Returns.TryDequeue(out Frame? returned) || returned.Id != message.Id)
            {
                throw new ViolationException($"Message {message.Id} was to be returned, and it was {returned}.");
            }

            returnedAt = returned.At;
            channel.Client.Outstanding += message.Length;
        }

        if (channel.Mode == ChannelMode.Confirms)
        {
            channel.Unconfirmed.Add(new Unconfirmed(++channel.LastPublish, stored ? Awaited() : 0, !taken, returnedAt));
        }

        return stored;
    }

    private void SettleNow(ModelChannel channel, Held held, Settlement settlement)
    {
        if (held.Consumer is { } consumer)
        {
            consumer.Unacked--;
            channel.GlobalUnacked--;
            held.Queue.Preempt();
        }

        ModelQueue queue = held.Queue;
        if (queue.Deleted)
        {
            return;
        }

        ModelEntry entry = held.Entry;
        switch (settlement)
        {
            case Settlement.Ack:
                queue.Entries.Remove(entry);
                break;
            case Settlement.Reject:
                queue.Entries.Remove(entry);
                LetDie(queue, entry.Message, "rejected");
                break;
            case Settlement.Requeue:
                entry.Returns++;
                entry.Redelivered = true;
                if (entry.Returns > queue.Spec.DeliveryLimit)
                {
                    queue.Entries.Remove(entry);
                    queue.BackTooOften.Add(entry);
                }
                else
                {
                    entry.Ready = true;
                    queue.HasReturns = true;
                }

                break;
        }
    }

    private static void ForgetTransaction(ModelChannel channel)
    {
        channel.PendingPublishes.Clear();
        foreach ((Held held, _) in channel.PendingSettlements)
        {
            channel.Unacked.Add(held.Tag, held);
        }

        channel.PendingSettlements.Clear();
    }

    private void ReturnAll(ModelChannel channel)
    {
        Held[] all = [.. channel.Unacked.Values];
        channel.Unacked.Clear();
        foreach (Held held in all)
        {
            SettleNow(channel, held, Settlement.Requeue);
        }
    }

    private void EndChannel(ModelChannel channel)
    {
        if (channel.Closing)
        {
            return;
        }

        channel.Closing = true;
        channel.Unconfirmed.Clear();
        ForgetTransaction(channel);
        ModelConsumer[] consumers = [.. channel.Consumers.Values];
        channel.Consumers.Clear();
        foreach (ModelConsumer consumer in consumers)
        {
            consumer.Queue.Remove(consumer);
        }

        ReturnAll(channel);
        foreach (ModelConsumer consumer in consumers)
        {
            AfterConsumer(consumer.Queue);
        }
    }

    private void RemoveConsumer(ModelConsumer consumer)
    {
        consumer.Queue.Remove(consumer);
        AfterConsumer(consumer.Queue);
    }

    private void AfterConsumer(ModelQueue queue)
    {
        if (queue.Deleted || queue.Consumers.Count > 0)
        {
            return;
        }

        if (queue.Spec.AutoDelete && queue.HadConsumer)
        {
            Delete(queue);
        }
        else
        {
            queue.UsedAt = Now;
        }
    }
}
