using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>The steps: each is done for real and then in the model.</summary>
internal sealed partial class SimulatedRun
{
    /// <summary>No test gets this far: an unknown delivery tag.</summary>
    private const ulong UnknownTag = 1_000_000;

    private static readonly (string Exchange, string Key)[] Targets =
    [
        ("", "a"), ("", "b"), ("", "ttl"), ("", "max"), ("", "volatile"), ("", "expired"), ("", "full"), ("", "nowhere"),
        ("amq.fanout", ""), ("amq.direct", "x"), ("amq.topic", "k.one"), ("amq.topic", "k.one.two"), ("amq.topic", "other"),
    ];

    private void Carry(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Advance:
                _broker.Advance(1 + (step.What % 600));
                foreach (ModelQueue queue in _queues.Values.ToArray())
                {
                    Expire(queue);
                }

                return;
            case StepKind.Sync:
                Sync();
                return;
            case StepKind.Crash:
                Crash(step.How % 2 == 0 ? step.What % 10 : null);
                return;
            case StepKind.CompareState:
                CompareState();
                return;
            case StepKind.DropConnection:
                CloseClient(step.Who % Clients, SessionEnd.PeerGone);
                return;
            case StepKind.CloseConnection:
                CloseClient(step.Who % Clients, SessionEnd.ClosedByClient);
                return;
        }

        int slot = step.Who % _channels.Length;
        ModelChannel channel = _channels[slot] ?? OpenChannel(slot, (ChannelMode)(step.How % 3));
        if (!channel.Closing)
        {
            Carry(step, channel);
        }
    }

    private void Carry(Step step, ModelChannel channel)
    {
        QueueKind kind = QueueKind.All[step.What % QueueKind.All.Length];
        ModelQueue? queue = _queues.GetValueOrDefault(kind.Name);
        switch (step.Kind)
        {
            case StepKind.Publish:
                Publish(step, channel);
                break;
            case StepKind.Consume when queue is not null && channel.Consumers.Count < 4:
                Consume(channel, queue, noAck: step.How % 4 == 0);
                break;
            case StepKind.Cancel when channel.Consumers.Count > 0:
                ModelConsumer consumer = Pick(channel.Consumers.Values, step.What);
                channel.Real.Send(new BasicCancel(TestChannel.Name(consumer.Tag), NoWait: false));
                channel.Consumers.Remove(consumer.Tag);
                channel.Expected.Enqueue(new ExpectedReply(new BasicCancelOk(TestChannel.Name(consumer.Tag))));
                break;
            case StepKind.Get when queue is not null:
                Get(channel, queue, noAck: step.How % 3 == 0);
                break;
            case StepKind.Ack when channel.Unacked.Count > 0:
                Held acked = Pick(channel.Unacked.Values, step.What);
                channel.Real.Ack(acked.Tag);
                SettleOrNote(channel, acked, Settlement.Ack);
                break;
            case StepKind.AckMultiple when channel.Unacked.Count > 0:
                ulong upTo = TagUpTo(channel, step);
                channel.Real.Ack(upTo, multiple: true);
                SettleMultiple(channel, upTo, Settlement.Ack);
                break;
            case StepKind.Nack or StepKind.Reject when channel.Unacked.Count > 0:
                Held refused = Pick(channel.Unacked.Values, step.What);
                bool again = step.How % 3 > 0 && channel.PendingPublishes.Count == 0;
                if (step.Kind == StepKind.Nack)
                {
                    channel.Real.Nack(refused.Tag, requeue: again);
                }
                else
                {
                    channel.Real.Reject(refused.Tag, again);
                }

                SettleOrNote(channel, refused, again ? Settlement.Requeue : Settlement.Reject);
                break;
            case StepKind.NackMultiple when channel.Unacked.Count > 0:
                ulong to = TagUpTo(channel, step);
                bool requeue = step.How % 3 > 0 && channel.PendingPublishes.Count == 0;
                channel.Real.Nack(to, multiple: true, requeue);
                SettleMultiple(channel, to, requeue ? Settlement.Requeue : Settlement.Reject);
                break;
            case StepKind.Qos:
                ushort limit = (ushort)(step.What % 5);
                bool global = step.How % 3 == 0;
                channel.Real.Send(new BasicQos(0, limit, global));
                _ = global ? channel.GlobalPrefetch = limit : channel.NextPrefetch = limit;
                channel.Expected.Enqueue(new ExpectedReply(default(BasicQosOk)));
                break;
            case StepKind.Recover:
                channel.Real.Send(new BasicRecover(Requeue: true));
                ReturnAll(channel);
                channel.Expected.Enqueue(new ExpectedReply(default(BasicRecoverOk)));
                break;
            case StepKind.Commit when channel.Mode == ChannelMode.Transactions:
                Commit(channel);
                break;
            case StepKind.Rollback when channel.Mode == ChannelMode.Transactions:
                channel.Real.Send(default(TxRollback));
                ForgetTransaction(channel);
                channel.Expected.Enqueue(new ExpectedReply(default(TxRollbackOk)));
                break;
            case StepKind.CloseChannel:
                channel.Real.Client.Run(b => b.CloseChannel(channel.Real.Session));
                End(channel, new ExpectedReply(default(ChannelCloseOk)));
                break;
            case StepKind.FailChannel:
                channel.Real.Ack(UnknownTag);
                End(channel, new ExpectedReply(default(ChannelClose)));
                break;
            case StepKind.Purge when queue is not null:
                channel.Real.Send(new QueuePurge(TestChannel.Name(kind.Name), NoWait: false));
                channel.Expected.Enqueue(new ExpectedReply(new QueuePurgeOk((uint)queue.Ready.Count()), kind.Durable && queue.Ready.Any() ? Position : 0));
                foreach (ModelMessage message in queue.Ready.ToArray())
                {
                    End(queue, message, deadLetter: false);
                }

                break;
            case StepKind.DeleteQueue when queue is not null:
                DeleteQueue(channel, queue);
                break;
            case StepKind.DeclareMissing:
                DeclareMissing(channel);
                break;
            case StepKind.Count when queue is not null:
                channel.Real.Send(new QueueDeclare(TestChannel.Name(kind.Name), Passive: true, false, false, false, false, FieldTable.Empty));
                channel.Expected.Enqueue(new ExpectedReply(new QueueDeclareOk(
                    TestChannel.Name(kind.Name), (uint)queue.Ready.Count(), (uint)ConsumersOf(queue).Count())));
                break;
        }
    }

    private ModelChannel OpenChannel(int slot, ChannelMode mode)
    {
        TestChannel real = _clients[slot / ChannelsPerClient].OpenChannel((ushort)(1 + (slot % ChannelsPerClient)));
        if (mode == ChannelMode.Confirms)
        {
            real.SelectConfirms();
        }
        else if (mode == ChannelMode.Transactions)
        {
            real.SelectTransactions();
        }

        return _channels[slot] = new ModelChannel(real, mode);
    }

    private void Publish(Step step, ModelChannel channel)
    {
        bool persistent = step.How % 5 > 0;
        bool mandatory = step.How % 7 > 3;
        (string exchange, string key) = Targets[step.What % Targets.Length];
        // At a queue that refuses, the model knows what happens to one publish at a time.
        int count = key == "full" ? 1 : 1 + (step.How % 3);
        if (channel.Pending.Any(p => p.Settlement == Settlement.Requeue)
            || (channel.Mode == ChannelMode.Transactions && _queues.Values.Any(q => (q.Kind.MaxLength ?? q.Kind.RefusesAbove) is not null && q.Kind.Matches(exchange, key))))
        {
            // Publishes beside returns, or length limits, in one transaction: the model would have to know the order of its parts.
            return;
        }

        int first = _nextId;
        _nextId += count;
        channel.Real.Client.Run(b =>
        {
            for (int i = 0; i < count; i++)
            {
                Message message = TestChannel.NewMessage(exchange, key, $"{first + i}", persistent);
                b.Publish(channel.Real.Session, message, mandatory, immediate: false);
            }
        });
        for (int i = 0; i < count; i++)
        {
            if (channel.Mode == ChannelMode.Transactions)
            {
                channel.PendingPublishes.Add((first + i, exchange, key, persistent, mandatory));
            }
            else
            {
                bool refused = key == "full" && _queues.TryGetValue(key, out ModelQueue? full) && full.Ready.Count() >= full.Kind.RefusesAbove;
                bool stored = !refused && Route(channel, first + i, exchange, key, persistent, mandatory);
                if (channel.Mode == ChannelMode.Confirms)
                {
                    channel.Unconfirmed.Add(new Unconfirmed(++channel.LastPublish, stored ? Position : 0, refused));
                }
            }
        }
    }

    /// <summary>Gives true if a durable queue keeps it.</summary>
    private bool Route(ModelChannel channel, int id, string exchange, string key, bool persistent, bool mandatory)
    {
        ModelQueue[] targets = [.. _queues.Values.Where(q => q.Kind.Matches(exchange, key))];
        foreach (ModelQueue queue in targets)
        {
            Add(queue, id, exchange, key, persistent);
        }

        if (targets.Length == 0 && mandatory)
        {
            channel.ExpectedReturns.Enqueue(id);
        }

        return persistent && targets.Any(q => q.Kind.Durable);
    }

    private void Consume(ModelChannel channel, ModelQueue queue, bool noAck)
    {
        var consumer = new ModelConsumer(channel, queue, _nextConsumer++, noAck, channel.NextPrefetch);
        channel.Consumers.Add(consumer.Tag, consumer);
        ShortString tag = TestChannel.Name(consumer.Tag);
        channel.Expected.Enqueue(new ExpectedReply(new BasicConsumeOk(tag), Activates: consumer));
        channel.Real.Send(new BasicConsume(TestChannel.Name(queue.Kind.Name), tag, false, noAck, false, false, FieldTable.Empty));
    }

    private void Get(ModelChannel channel, ModelQueue queue, bool noAck)
    {
        channel.Real.Send(new BasicGet(TestChannel.Name(queue.Kind.Name), noAck));
        if (queue.Ready.FirstOrDefault() is not { } head)
        {
            channel.Expected.Enqueue(new ExpectedReply(default(BasicGetEmpty)));
            return;
        }

        ulong tag = ++channel.LastTag;
        var ok = new BasicGetOk(
            tag, head.Redelivered, TestChannel.Name(head.Exchange), TestChannel.Name(head.Key), (uint)queue.Ready.Count() - 1);
        channel.Expected.Enqueue(new ExpectedReply(ok, BodyId: head.Id));
        Taken(new Held(tag, queue, head, null), channel, noAck);
    }

    private void SettleOrNote(ModelChannel channel, Held held, Settlement settlement)
    {
        channel.Unacked.Remove(held.Tag);
        if (channel.Mode == ChannelMode.Transactions)
        {
            channel.Pending.Add((held, settlement));
        }
        else
        {
            Settle(held, settlement);
        }
    }

    private void SettleMultiple(ModelChannel channel, ulong upTo, Settlement settlement)
    {
        foreach (Held held in channel.Unacked.Values.Where(u => upTo == 0 || u.Tag <= upTo).ToArray())
        {
            SettleOrNote(channel, held, settlement);
        }
    }

    private void Commit(ModelChannel channel)
    {
        channel.Real.Send(default(TxCommit));
        bool stored = false;
        foreach ((int id, string exchange, string key, bool persistent, bool mandatory) in channel.PendingPublishes)
        {
            stored |= Route(channel, id, exchange, key, persistent, mandatory);
        }

        foreach ((Held held, Settlement settlement) in channel.Pending)
        {
            stored |= held.Message.Stored && IsAlive(held.Queue);
            Settle(held, settlement);
        }

        channel.PendingPublishes.Clear();
        channel.Pending.Clear();
        channel.Expected.Enqueue(new ExpectedReply(default(TxCommitOk), stored ? Position : 0));
    }

    private static void ForgetTransaction(ModelChannel channel)
    {
        channel.PendingPublishes.Clear();
        foreach ((Held held, _) in channel.Pending)
        {
            channel.Unacked.Add(held.Tag, held);
        }

        channel.Pending.Clear();
    }

    private void ReturnAll(ModelChannel channel)
    {
        foreach (Held held in channel.Unacked.Values)
        {
            Return(held);
        }

        channel.Unacked.Clear();
    }

    private void End(ModelChannel channel, ExpectedReply last)
    {
        ForgetTransaction(channel);
        ReturnAll(channel);
        channel.Consumers.Clear();
        channel.Unconfirmed.Clear();
        channel.Expected.Enqueue(last);
        channel.Closing = true;
    }

    private void CloseClient(int number, SessionEnd end)
    {
        TestClient client = _clients[number];
        client.Close(end);
        if (end == SessionEnd.ClosedByClient)
        {
            client.Expect<ConnectionCloseOk>();
        }

        if (client.ReceivedCount > 0)
        {
            throw new ViolationException($"After the end of a connection its client was sent {client.Next().Method}.");
        }

        for (int i = number * ChannelsPerClient; i < (number + 1) * ChannelsPerClient; i++)
        {
            if (_channels[i] is { } channel)
            {
                End(channel, new ExpectedReply(default(ChannelCloseOk)));
                _channels[i] = null;
            }
        }

        _clients[number] = _broker.Connect();
    }

    private void DeleteQueue(ModelChannel channel, ModelQueue queue)
    {
        channel.Real.Send(new QueueDelete(TestChannel.Name(queue.Kind.Name), false, false, NoWait: false));
        foreach (ModelConsumer consumer in ConsumersOf(queue).ToArray())
        {
            consumer.Channel.Consumers.Remove(consumer.Tag);
            consumer.Channel.Expected.Enqueue(new ExpectedReply(new BasicCancel(TestChannel.Name(consumer.Tag), NoWait: true)));
        }

        channel.Expected.Enqueue(new ExpectedReply(
            new QueueDeleteOk((uint)queue.Ready.Count()), queue.Kind.Durable ? Position : 0));
        queue.DeletedAt = Position;
        _queues.Remove(queue.Kind.Name);
    }

    private void DeclareMissing(ModelChannel channel)
    {
        QueueKind[] missing = [.. QueueKind.All.Where(k => !_queues.ContainsKey(k.Name))];
        channel.Real.Client.Run(batch =>
        {
            foreach (QueueKind kind in missing)
            {
                ShortString name = TestChannel.Name(kind.Name);
                batch.Method(channel.Real.Session, new QueueDeclare(name, false, kind.Durable, false, false, NoWait: false, Arguments(kind)));
                foreach ((string exchange, string key) in kind.Bindings)
                {
                    batch.Method(channel.Real.Session, new QueueBind(
                        name, TestChannel.Name(exchange), TestChannel.Name(key), NoWait: true, FieldTable.Empty));
                }
            }
        });
        foreach (QueueKind kind in missing)
        {
            var queue = new ModelQueue(kind, Position);
            _incarnations.Add(queue);
            _queues.Add(kind.Name, queue);
            channel.Expected.Enqueue(new ExpectedReply(
                new QueueDeclareOk(TestChannel.Name(kind.Name), 0, 0), kind.Durable ? Position : 0));
        }
    }

    private IEnumerable<ModelConsumer> ConsumersOf(ModelQueue queue) =>
        OpenChannels.SelectMany(c => c.Consumers.Values).Where(c => c.Queue == queue).OrderBy(c => c.Number);

    private static ulong TagUpTo(ModelChannel channel, Step step) =>
        step.How % 4 == 0 ? 0 : Pick(channel.Unacked.Values, step.What).Tag;

    private static T Pick<T>(IReadOnlyCollection<T> all, int number) => all.ElementAt(number % all.Count);
}
