using System.Buffers.Binary;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>The steps: each is done for real and then in the model.</summary>
internal sealed partial class SimulatedRun
{
    /// <summary>No run gets this far: an unknown delivery tag.</summary>
    private const ulong UnknownTag = 1_000_000;

    private const int ConsumersPerChannel = 4;

    private void Carry(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Advance:
                Advance(1 + (step.What % 600));
                return;
            case StepKind.Sync:
                Sync();
                return;
            case StepKind.Crash:
                Crash(step.How % 2 == 0 ? step.What % 10 : null, step.Who % 3 == 0 ? step.What % 900 : 0);
                return;
            case StepKind.Stop:
                Stop(step.Who % 3 == 0 ? step.What % 900 : 0);
                return;
            case StepKind.FailDisk:
                FailDisk(step.What % 6);
                return;
            case StepKind.FillDisk:
                FillDisk(step.What % 4000);
                return;
            case StepKind.CompareStores:
                CompareStores();
                return;
            case StepKind.DropConnection:
                CloseClient(step.Who % Clients, SessionEnd.PeerGone);
                return;
            case StepKind.CloseConnection:
                CloseClient(step.Who % Clients, SessionEnd.ClosedByClient);
                return;
            case StepKind.ReadOrNot:
                SimulatedClient client = _clients[step.Who % Clients].Real;
                client.Reads = !client.Reads;
                if (client.Reads)
                {
                    client.Read();
                    _broker.RunScheduled();
                }

                return;
        }

        int slot = step.Who % _channels.Length;
        ModelChannel channel = _channels[slot] ?? OpenChannel(slot, (ChannelMode)(step.How % 3));
        Collect();
        AcceptAll();
        if (!channel.Closing)
        {
            Carry(step, channel);
        }
    }

    private void Carry(Step step, ModelChannel channel)
    {
        ChannelSession real = channel.Real;
        switch (step.Kind)
        {
            case StepKind.Publish:
                Publish(step, channel);
                break;
            case StepKind.Cancel when channel.Consumers.Count > 0:
                ModelConsumer consumer = Pick(channel.Consumers.Values, step.What);
                Run(channel, b => b.Method(real, new BasicCancel(Text.Name(consumer.Tag), NoWait: false)));
                _model.Cancel(consumer);
                break;
            case StepKind.Ack or StepKind.AckMultiple or StepKind.Nack or StepKind.NackMultiple or StepKind.Reject
                when channel.Unacked.Count > 0:
                Settle(step, channel);
                break;
            case StepKind.Qos:
                ushort limit = (ushort)(step.What % 5);
                bool global = step.How % 3 == 0;
                Run(channel, b => b.Method(real, new BasicQos(0, limit, global)));
                _model.Qos(channel, limit, global);
                break;
            case StepKind.Recover:
                Run(channel, b => b.Method(real, new BasicRecover(Requeue: true)));
                _model.Recover(channel);
                break;
            case StepKind.Commit when channel.Mode == ChannelMode.Transactions:
                Run(channel, b => b.Method(real, default(TxCommit)));
                _model.Commit(channel);
                break;
            case StepKind.Rollback when channel.Mode == ChannelMode.Transactions:
                Run(channel, b => b.Method(real, default(TxRollback)));
                _model.Rollback(channel);
                break;
            case StepKind.CloseChannel:
                Run(channel, b => b.CloseChannel(real));
                _model.Close(channel, new ExpectedReply(default(ChannelCloseOk)));
                break;
            case StepKind.FailChannel:
                Run(channel, b => b.Ack(real, UnknownTag, multiple: false));
                Fail(channel, ReplyCode.PreconditionFailed);
                break;
            case StepKind.DeclareMissing:
                DeclareMissing(channel);
                break;
            case StepKind.Rebind:
                Rebind(channel, step);
                break;
            default:
                QueueSpec spec = _script.Topology.Queues[step.What % _script.Topology.Queues.Length];
                if (_model.Queues.TryGetValue(spec.Name, out ModelQueue? queue))
                {
                    Carry(step, channel, queue);
                }

                break;
        }
    }

    private void Carry(Step step, ModelChannel channel, ModelQueue queue)
    {
        ChannelSession real = channel.Real;
        ShortString name = Text.Name(queue.Name);
        bool foreign = queue.Owner is { } owner && owner != channel.Client;
        switch (step.Kind)
        {
            case StepKind.Consume when channel.Consumers.Count < ConsumersPerChannel && !queue.Spec.IsGrave:
                Consume(step, channel, queue, foreign);
                break;
            case StepKind.Get:
                bool noAck = step.How % 3 == 0;
                Run(channel, b => b.Method(real, new BasicGet(name, noAck)));
                if (foreign || queue.Spec is { Quorum: true, SingleActive: true })
                {
                    Fail(channel, ReplyCode.ResourceLocked);
                }
                else
                {
                    _model.Get(channel, queue, noAck);
                }

                break;
            case StepKind.Count:
                Run(channel, b => b.Method(real, new QueueDeclare(name, Passive: true, false, false, false, false, FieldTable.Empty)));
                FailOr(foreign, channel, () => _model.Look(channel, queue));
                break;
            case StepKind.Purge:
                Run(channel, b => b.Method(real, new QueuePurge(name, NoWait: false)));
                FailOr(foreign, channel, () => _model.Purge(channel, queue));
                break;
            case StepKind.DeleteQueue:
                DeleteQueue(channel, queue);
                break;
        }
    }

    private void FailOr(bool foreign, ModelChannel channel, Action otherwise)
    {
        if (foreign)
        {
            Fail(channel, ReplyCode.ResourceLocked);
        }
        else
        {
            otherwise();
        }
    }

    private void DeleteQueue(ModelChannel channel, ModelQueue queue)
    {
        Run(channel, b => b.Method(channel.Real, new QueueDelete(Text.Name(queue.Name), false, false, NoWait: false)));
        FailOr(queue.Owner is { } owner && owner != channel.Client, channel, () => _model.DeleteQueue(channel, queue));
    }

    private void Publish(Step step, ModelChannel channel)
    {
        var random = new Random((step.What << 16) ^ step.How);
        bool mandatory = random.Next(3) == 0;
        int count = 1 + random.Next(3);
        ModelMessage[] messages = [.. Enumerable.Range(0, count).Select(_ => NewMessage(random))];
        if (messages[0].Exchange.Length > 0 && !_model.Router.Exchanges.ContainsKey(messages[0].Exchange))
        {
            Run(channel, b => b.Publish(channel.Real, Real(messages[0]), mandatory, immediate: false));
            Fail(channel, ReplyCode.NotFound);
            return;
        }

        messages = [.. messages.Where(m => m.Exchange.Length == 0 || _model.Router.Exchanges.ContainsKey(m.Exchange))];
        Run(channel, b =>
        {
            foreach (ModelMessage message in messages)
            {
                b.Publish(channel.Real, Real(message), mandatory, immediate: false);
            }
        });
        foreach (ModelMessage message in messages)
        {
            _model.Publish(channel, message, mandatory);
        }
    }

    private ModelMessage NewMessage(Random random)
    {
        QueueSpec[] queues = _script.Topology.Queues;
        ExchangeSpec[] exchanges = _script.Topology.Exchanges;
        string QueueName() => random.Next(20) == 0 ? "nowhere" : queues[random.Next(queues.Length)].Name;
        string Key() => TopologyGenerator.Keys[random.Next(TopologyGenerator.Keys.Length)];
        string[] SomeKeys() => [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => random.Next(2) == 0 ? QueueName() : Key())];
        bool direct = random.Next(3) > 0;
        bool large = random.Next(60) == 0;
        return new ModelMessage(
            _nextId++,
            large ? 400_000 : 4 + random.Next(20),
            direct ? "" : exchanges[random.Next(exchanges.Length)].Name,
            direct ? QueueName() : Key())
        {
            Persistent = !large && random.Next(4) > 0,
            Priority = random.Next(3) == 0 ? random.Next(6) : null,
            Expiration = random.Next(6) == 0 ? $"{random.Next(4) * 150}" : null,
            Cc = random.Next(8) == 0 ? SomeKeys() : [],
            Bcc = random.Next(8) == 0 ? SomeKeys() : [],
            Header = random.Next(4) == 0 ? $"{1 + random.Next(2)}" : null,
        };
    }

    private static Core.Messages.Message Real(ModelMessage message)
    {
        var editor = new BasicPropertiesEditor();
        var headers = new FieldTableBuilder();
        if (message.Header is not null)
        {
            headers.Append(Text.Name("h"), FieldValue.FromString(message.Header));
        }

        if (message.Cc.Length > 0)
        {
            headers.Append(Text.Name("CC"), FieldValue.FromArray([.. message.Cc.Select(k => FieldValue.FromString(k))]));
        }

        if (message.Bcc.Length > 0)
        {
            headers.Append(Text.Name("BCC"), FieldValue.FromArray([.. message.Bcc.Select(k => FieldValue.FromString(k))]));
        }

        FieldTable table = headers.Build();
        if (!table.IsEmpty)
        {
            editor.SetHeaders(table);
        }

        if (message.Persistent)
        {
            editor.Set(BasicProperty.DeliveryMode, 2);
        }

        if (message.Priority is { } priority)
        {
            editor.Set(BasicProperty.Priority, (byte)priority);
        }

        if (message.Expiration is not null)
        {
            editor.Set(BasicProperty.Expiration, Text.Name(message.Expiration));
        }

        byte[] body = new byte[message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body, message.Id);
        Core.Messages.Message real = Core.Messages.Message.Rent(Text.Name(message.Exchange), Text.Name(message.Key));
        real.SetProperties(editor.Build());
        real.AppendBody(body);
        return real;
    }

    private void Consume(Step step, ModelChannel channel, ModelQueue queue, bool foreign)
    {
        bool exclusive = step.How % 16 == 1;
        int priority = step.How / 16 % 4 == 0 ? step.How / 64 % 3 : 0;
        var consumer = new ModelConsumer(channel, queue, $"c{_nextConsumer++}")
        {
            NoAck = step.How % 4 == 0,
            Exclusive = exclusive,
            Prefetch = channel.NextPrefetch,
            Priority = priority,
        };
        FieldTable arguments = priority == 0 ? FieldTable.Empty : Fields.Table($"x-priority=I:{priority}");
        Run(channel, b => b.Method(channel.Real, new BasicConsume(
            Text.Name(queue.Name), Text.Name(consumer.Tag), false, consumer.NoAck, exclusive, false, arguments)));
        if (foreign)
        {
            Fail(channel, ReplyCode.ResourceLocked);
        }
        else if (queue.Consumers.Exists(c => c.Exclusive) || (exclusive && (queue.Consumers.Count > 0 || queue.Spec.SingleActive)))
        {
            Fail(channel, ReplyCode.AccessRefused);
        }
        else
        {
            _model.Consume(consumer);
        }
    }

    private void Settle(Step step, ModelChannel channel)
    {
        ChannelSession real = channel.Real;
        bool multiple = step.Kind is StepKind.AckMultiple or StepKind.NackMultiple;
        Held picked = Pick(channel.Unacked.Values, step.What);
        ulong tag = multiple && step.How % 4 == 0 ? 0 : picked.Tag;
        Held[] held = multiple ? [.. channel.Unacked.Values.Where(u => tag == 0 || u.Tag <= tag)] : [picked];
        bool requeue = step.How % 3 > 0;
        Settlement settlement = step.Kind is StepKind.Ack or StepKind.AckMultiple
            ? Settlement.Ack
            : requeue ? Settlement.Requeue : Settlement.Reject;
        Run(channel, b =>
        {
            if (settlement == Settlement.Ack)
            {
                b.Ack(real, tag, multiple);
            }
            else if (step.Kind == StepKind.Reject)
            {
                b.Reject(real, tag, requeue);
            }
            else
            {
                b.Nack(real, tag, multiple, requeue);
            }
        });
        _model.Settle(channel, held, settlement);
    }

    private void Fail(ModelChannel channel, ReplyCode code) =>
        _model.Close(channel, new ExpectedReply(new ChannelClose(code, ShortString.Empty, 0, 0)));

    private void DeclareMissing(ModelChannel channel)
    {
        ModelRouter router = _model.Router;
        ExchangeSpec[] exchanges = [.. _script.Topology.Exchanges.Where(e => !router.Exchanges.ContainsKey(e.Name))];
        QueueSpec[] queues = [.. _script.Topology.Queues.Where(q => !_model.Queues.ContainsKey(q.Name))];
        bool Mine(string queue) => queues.Any(q => q.Name == queue)
            || (_model.Queues.TryGetValue(queue, out ModelQueue? there) && (there.Owner is null || there.Owner == channel.Client));
        BindingSpec[] bindings = [.. _script.Topology.Bindings.Where(b => !router.Bindings.Contains(b) && (b.ToExchange || Mine(b.Destination)))];
        Run(channel, batch =>
        {
            ChannelSession real = channel.Real;
            foreach (ExchangeSpec exchange in exchanges)
            {
                batch.Method(real, new ExchangeDeclare(
                    Text.Name(exchange.Name), Text.Name(exchange.Type), false, exchange.Durable, false, false, NoWait: true, Fields.Table(exchange.Arguments)));
            }

            foreach (QueueSpec queue in queues)
            {
                batch.Method(real, new QueueDeclare(
                    Text.Name(queue.Name), false, queue.Durable, queue.Exclusive, queue.AutoDelete, NoWait: false, Fields.Table(queue.Arguments)));
            }

            foreach (BindingSpec binding in bindings)
            {
                Bind(batch, real, binding, noWait: true);
            }
        });
        foreach (ExchangeSpec exchange in exchanges)
        {
            router.Exchanges.Add(exchange.Name, exchange);
        }

        foreach (QueueSpec queue in queues)
        {
            _model.Declare(channel, queue);
        }

        router.Bindings.AddRange(bindings);
    }

    private static void Bind(CommandBatch batch, ChannelSession real, BindingSpec binding, bool noWait)
    {
        ShortString source = Text.Name(binding.Source);
        ShortString destination = Text.Name(binding.Destination);
        ShortString key = Text.Name(binding.Key);
        FieldTable arguments = Fields.Table(binding.Arguments);
        if (binding.ToExchange)
        {
            batch.Method(real, new ExchangeBind(destination, source, key, noWait, arguments));
        }
        else
        {
            batch.Method(real, new QueueBind(destination, source, key, noWait, arguments));
        }
    }

    /// <summary>Takes a binding away, or makes it again.</summary>
    private void Rebind(ModelChannel channel, Step step)
    {
        ModelRouter router = _model.Router;
        BindingSpec binding = Pick(_script.Topology.Bindings, step.What);
        ModelQueue? queue = binding.ToExchange ? null : _model.Queues.GetValueOrDefault(binding.Destination);
        if (!router.Exchanges.ContainsKey(binding.Source)
            || !(binding.ToExchange ? router.Exchanges.ContainsKey(binding.Destination) : queue is not null)
            || (queue?.Owner is { } owner && owner != channel.Client))
        {
            return;
        }

        bool durable = router.Survives(binding, _ => queue!.Spec.Survives);
        if (router.Bindings.Remove(binding))
        {
            ShortString source = Text.Name(binding.Source);
            ShortString destination = Text.Name(binding.Destination);
            FieldTable arguments = Fields.Table(binding.Arguments);
            Run(channel, b =>
            {
                if (binding.ToExchange)
                {
                    b.Method(channel.Real, new ExchangeUnbind(destination, source, Text.Name(binding.Key), NoWait: false, arguments));
                }
                else
                {
                    b.Method(channel.Real, new QueueUnbind(destination, source, Text.Name(binding.Key), arguments));
                }
            });
            Expect(channel, binding.ToExchange ? default(ExchangeUnbindOk) : (IMethod)default(QueueUnbindOk), durable);
        }
        else
        {
            Run(channel, b => Bind(b, channel.Real, binding, noWait: false));
            router.Bindings.Add(binding);
            Expect(channel, binding.ToExchange ? default(ExchangeBindOk) : (IMethod)default(QueueBindOk), durable);
        }
    }

    private void Expect(ModelChannel channel, IMethod answer, bool durable) =>
        channel.Expected.Enqueue(new ExpectedReply(answer, durable ? _broker.Journal.NextPosition : 0));

    private static T Pick<T>(IReadOnlyCollection<T> all, int number) => all.ElementAt(number % all.Count);
}
