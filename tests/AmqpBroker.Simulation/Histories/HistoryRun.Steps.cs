using System.Buffers.Binary;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;

namespace AmqpBroker.Simulation.Histories;

/// <summary>What clients do.</summary>
internal sealed partial class HistoryRun
{
    private void Step()
    {
        int slot = _random.Next(Slots.Length);
        int pick = _random.Next(100);
        switch (pick)
        {
            case < 28:
                Publish(Channel(slot));
                break;
            case < 40:
                Get(Channel(slot), AnyQueue(), noAck: Chance(25));
                break;
            case < 56:
                Settle(Channel(slot));
                break;
            case < 60:
                Consume(Channel(slot));
                break;
            case < 66:
                Commit(Channel(1));
                break;
            case < 72:
                Define(Channel(slot));
                break;
            case < 74:
                EndSome(slot);
                break;
            case < 79:
                Advance(_random.Next(1, 5));
                break;
            case < 85:
                Store.RunOneGroup();
                _broker.RunScheduled();
                break;
            case < 91:
                Sync();
                break;
            case < 93:
                Store.LeaveRoom(_random.Next(4000));
                SyncOrCrash();
                break;
            case < 94:
                Store.FaultAfter(_random.Next(6), Chance(70) ? SimulatedFault.InputOutput : SimulatedFault.NoRoom);
                SyncOrCrash();
                Store.Heal();
                break;
            case < 95:
                Stop();
                break;
            default:
                Crash(Chance(70) ? _random.Next(10) : null);
                break;
        }

        if (_broker.Faults.Count > 0)
        {
            Crash(null);
        }
    }

    private void SyncOrCrash()
    {
        if (!SyncGroups())
        {
            Crash(null);
        }
    }

    /// <param name="toStay">One that nobody deletes: a transaction finds its queues when it is committed.</param>
    private string AnyQueue(bool toStay = false)
    {
        string[] queues = [.. HistoryTopology.Queues.Where(q => !toStay || !q.Comes).Select(q => q.Name).Where(_there.Contains)];
        return queues[_random.Next(queues.Length)];
    }

    private void Advance(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            History.At(Now + HistoryTopology.StepMs);
            _broker.Advance(HistoryTopology.StepMs);
        }
    }

    private void Publish(HistoryChannel channel)
    {
        int count = 1 + _random.Next(3);
        var messages = new List<Message>();
        for (int i = 0; i < count; i++)
        {
            bool fanout = Chance(25) && _there.Contains($"exchange {HistoryTopology.Fanout}");
            string[] queues = fanout ? [.. HistoryTopology.BoundToFanout.Where(_there.Contains)] : [AnyQueue(toStay: channel.Mode == ChannelMode.Transactions)];
            messages.Add(NewMessage(channel, fanout ? HistoryTopology.Fanout : "", fanout ? "" : queues[0], queues));
        }

        channel.Client.Run(b => messages.ForEach(m => b.Publish(channel.Session, m, mandatory: true, immediate: false)));
    }

    private Message NewMessage(HistoryChannel channel, string exchange, string key, string[] queues)
    {
        int id = ++_nextId;
        byte[] body = new byte[Chance(5) ? _random.Next(2000, 9000) : _random.Next(8, 200)];
        new Random(id).NextBytes(body);
        BinaryPrimitives.WriteInt32BigEndian(body, id);
        bool persistent = Chance(85);
        int ttl = Chance(8) ? HistoryTopology.StepMs * _random.Next(1, 6) : 0;
        var editor = new BasicPropertiesEditor();
        if (persistent)
        {
            editor.Set(BasicProperty.DeliveryMode, 2);
        }

        if (ttl > 0)
        {
            editor.Set(BasicProperty.Expiration, Text.Name($"{ttl}"));
        }

        Message message = Message.Rent(Text.Name(exchange), Text.Name(key));
        message.SetProperties(editor.Build());
        message.AppendBody(body);
        string way = channel.Mode switch
        {
            ChannelMode.Confirms => " confirm",
            ChannelMode.Transactions => " tx",
            _ => "",
        };
        if (channel.Mode == ChannelMode.Confirms)
        {
            channel.Unconfirmed.Add(++channel.LastPublish, id);
        }

        History.Add(
            $"publish {id} {channel.Name} {string.Join(',', queues)}{(persistent ? " persistent" : "")}{way}{(ttl > 0 ? $" ttl={ttl}" : "")} body={HistoryClient.HashOf(body)}");
        return message;
    }

    private void Get(HistoryChannel channel, string queue, bool noAck)
    {
        if (channel.Questions.Count > 0)
        {
            // The answer would wait for theirs.
            return;
        }

        channel.Getting = (queue, noAck);
        channel.Client.Run(b => b.Method(channel.Session, new BasicGet(Text.Name(queue), noAck)));
    }

    private void Consume(HistoryChannel channel)
    {
        if (channel.Questions.Count > 0)
        {
            return;
        }

        if (channel.Consumers.Count > 1)
        {
            string tag = channel.Consumers.Keys.First();
            channel.Client.Run(b => b.Method(channel.Session, new BasicCancel(Text.Name(tag), NoWait: false)));
            return;
        }

        string name = $"k{_nextConsumer++}";
        string queue = AnyQueue();
        bool noAck = Chance(20);
        ushort prefetch = (ushort)_random.Next(1, 4);
        channel.Consumers.Add(name, (queue, noAck));
        channel.Client.Run(b =>
        {
            b.Method(channel.Session, new BasicQos(0, prefetch, false));
            b.Method(channel.Session, new BasicConsume(Text.Name(queue), Text.Name(name), false, noAck, false, false, FieldTable.Empty));
        });
    }

    private void Settle(HistoryChannel channel)
    {
        if (channel.Held.Count == 0)
        {
            return;
        }

        bool multiple = Chance(25);
        int at = _random.Next(channel.Held.Count);
        ulong tag = channel.Held[at].Tag;
        HeldDelivery[] settled = multiple ? [.. channel.Held.Where(h => h.Tag <= tag)] : [channel.Held[at]];
        int how = _random.Next(5);
        string word = how < 3 ? "ack" : how == 3 ? "requeue" : "reject";
        foreach (HeldDelivery held in settled)
        {
            channel.Held.Remove(held);
            History.Add($"{word} {held.Number}{(channel.Mode == ChannelMode.Transactions ? " tx" : "")}");
            if (channel.Mode == ChannelMode.Transactions)
            {
                channel.Pending.Add(held);
            }
        }

        channel.Client.Run(b =>
        {
            if (word == "ack")
            {
                b.Ack(channel.Session, tag, multiple);
            }
            else
            {
                b.Nack(channel.Session, tag, multiple, requeue: word == "requeue");
            }
        });
    }

    private void Commit(HistoryChannel channel)
    {
        if (Chance(85))
        {
            channel.Pending.Clear();
            Ask(channel, "commit", default(TxCommit));
            return;
        }

        if (channel.Questions.Count > 0)
        {
            // Its answer would wait for theirs, and others for it.
            return;
        }

        History.Add($"rollback {channel.Name}");
        channel.Held.AddRange(channel.Pending);
        channel.Held.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        channel.Pending.Clear();
        channel.Client.Run(b => b.Method(channel.Session, default(TxRollback)));
    }

    /// <summary>Declares, deletes or purges.</summary>
    private void Define(HistoryChannel channel)
    {
        if (Chance(30))
        {
            string exchange = HistoryTopology.Exchanges[_random.Next(HistoryTopology.Exchanges.Length)];
            if (_there.Remove($"exchange {exchange}"))
            {
                Ask(channel, $"delete exchange {exchange}", new ExchangeDelete(Text.Name(exchange), false, false));
            }
            else
            {
                _there.Add($"exchange {exchange}");
                Ask(channel, $"declare exchange {exchange}", new ExchangeDeclare(
                    Text.Name(exchange), Text.Name("fanout"), false, Durable: true, false, false, false, FieldTable.Empty));
            }

            return;
        }

        HistoryQueue[] coming = [.. HistoryTopology.Queues.Where(q => q.Comes)];
        HistoryQueue queue = coming[_random.Next(coming.Length)];
        if (Chance(15))
        {
            string name = AnyQueue();
            Ask(channel, $"purge {name}", new QueuePurge(Text.Name(name), NoWait: false));
        }
        else if (!_there.Contains(queue.Name) || Chance(20))
        {
            Declare(channel, queue);
        }
        else
        {
            _there.Remove(queue.Name);
            Ask(channel, $"delete queue {queue.Name}", new QueueDelete(Text.Name(queue.Name), false, false, NoWait: false));
        }
    }

    private void EndSome(int slot)
    {
        if (Chance(50))
        {
            Drop(Slots[slot].Client);
        }
        else if (_channels[slot] is { Ended: false } channel)
        {
            channel.Client.End(channel);
            channel.Client.Run(b => b.CloseChannel(channel.Session));
        }
    }

    private void Drop(int number)
    {
        HistoryClient client = _clients[number];
        foreach (HistoryChannel channel in client.Channels.Values.OrderBy(c => c.Session.Number).ToArray())
        {
            client.End(channel);
        }

        client.Run(b => b.CloseSession(SessionEnd.PeerGone));
        _clients[number] = new HistoryClient(_broker, History);
    }
}
