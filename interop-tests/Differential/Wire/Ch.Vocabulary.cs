using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <content>
/// The words of scenarios. Names of queues and exchanges are the scenario's own (<see cref="Runs.Script.this"/>), the routing
/// keys of the default exchange too. A word with an answer waits for it or for the close of the channel.
/// </content>
internal sealed partial class Ch
{
    private bool _opened;
    private int _returns;

    public Ch Open()
    {
        _opened = true;
        IsClosed = false;
        ReportConfirms();
        _confirms.Reset();
        Call(new ChannelOpen(), "channel.open-ok");
        return this;
    }

    public void Close() =>
        Call(new ChannelClose((ReplyCode)200, ShortString.FromString("bye"), 0, 0), "channel.close-ok");

    /// <summary>Waits for the broker's close.</summary>
    public void WaitClosed()
    {
        if (!_peer.Pump(() => IsOver))
        {
            Record("(not closed)");
        }
    }

    // ---- queues ----

    /// <summary>Gives the queue's name, which the broker makes up for an empty one.</summary>
    public string Declare(
        string queue, bool durable = false, bool exclusive = false, bool autoDelete = false, bool passive = false, bool noWait = false,
        (string, object?)[]? args = null)
    {
        QueueDeclare method = new(Name(queue), passive, durable, exclusive, autoDelete, noWait, Fields.Table(args ?? []));
        if (noWait)
        {
            Send(method);
            return _peer.Script[queue];
        }

        return Call(method, "queue.declare-ok") is { } ok ? ok["queue"].Trim('"') : "";
    }

    /// <summary>
    /// RabbitMQ answers this before publishes that the queue has not yet taken in: after a publish without a confirm,
    /// use <see cref="AwaitReady"/> or <see cref="Get"/>.
    /// </summary>
    public void Passive(string queue) => Declare(queue, passive: true);

    public void Bind(string queue, string exchange, string key, bool noWait = false, (string, object?)[]? args = null)
    {
        QueueBind method = new(Name(queue), Name(exchange), ShortString.FromString(key), noWait, Fields.Table(args ?? []));
        if (noWait)
        {
            Send(method);
        }
        else
        {
            Call(method, "queue.bind-ok");
        }
    }

    public void Unbind(string queue, string exchange, string key, (string, object?)[]? args = null) =>
        Call(new QueueUnbind(Name(queue), Name(exchange), ShortString.FromString(key), Fields.Table(args ?? [])), "queue.unbind-ok");

    public void Purge(string queue) => Call(new QueuePurge(Name(queue), false), "queue.purge-ok");

    public void Delete(string queue, bool ifUnused = false, bool ifEmpty = false, bool noWait = false)
    {
        QueueDelete method = new(Name(queue), ifUnused, ifEmpty, noWait);
        if (noWait)
        {
            Send(method);
        }
        else
        {
            Call(method, "queue.delete-ok");
        }
    }

    // ---- exchanges ----

    public void Exchange(
        string exchange, string type = "direct", bool durable = false, bool autoDelete = false, bool @internal = false, bool passive = false,
        bool noWait = false, (string, object?)[]? args = null)
    {
        ExchangeDeclare method = new(
            Name(exchange), ShortString.FromString(type), passive, durable, autoDelete, @internal, noWait, Fields.Table(args ?? []));
        if (noWait)
        {
            Send(method);
        }
        else
        {
            Call(method, "exchange.declare-ok");
        }
    }

    public void DeleteExchange(string exchange, bool ifUnused = false) =>
        Call(new ExchangeDelete(Name(exchange), ifUnused, false), "exchange.delete-ok");

    public void BindExchange(string destination, string source, string key, (string, object?)[]? args = null) =>
        Call(new ExchangeBind(Name(destination), Name(source), ShortString.FromString(key), false, Fields.Table(args ?? [])), "exchange.bind-ok");

    public void UnbindExchange(string destination, string source, string key, (string, object?)[]? args = null) =>
        Call(new ExchangeUnbind(Name(destination), Name(source), ShortString.FromString(key), false, Fields.Table(args ?? [])), "exchange.unbind-ok");

    // ---- messages ----

    /// <summary>Publishes; what comes of it shows later.</summary>
    public void Publish(string exchange, string key, string body, Props? props = null, bool mandatory = false, bool immediate = false)
    {
        ShortString routingKey = exchange.Length == 0 ? Name(key) : ShortString.FromString(key);
        BasicPublish method = new(Name(exchange), routingKey, mandatory, immediate);
        byte[] properties = (props ?? new Props()).Encode();
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        byte[] frames = new byte[FrameWriter.MessageSize(method, properties.Length, bytes.Length, 131072)];
        FrameWriter.WriteMessage(frames, Number, method, properties, bytes, 131072);
        Note(frames.AsSpan(0, FrameWriter.MethodSize(method)));
        ReopenFor(MethodKey.BasicPublish);
        _confirms.Published(body);
        _peer.Send(frames);
    }

    /// <summary>Publishes to a queue over the default exchange.</summary>
    public void PublishTo(string queue, params string[] bodies)
    {
        foreach (string body in bodies)
        {
            Publish("", queue, body);
        }
    }

    public Delivery? Get(string queue, bool noAck = false)
    {
        _lastGot = null;
        Call(new BasicGet(Name(queue), noAck), "basic.get-ok", "basic.get-empty");
        return _lastGot;
    }

    /// <summary>Fetches a message that something else puts there: asks until there is one.</summary>
    public Delivery? GetWhenThere(string queue, bool noAck = true)
    {
        _silent.Add("basic.get-empty");
        long deadline = Environment.TickCount64 + (long)Peer.Patience.TotalMilliseconds;
        Delivery? got;
        while ((got = Get(queue, noAck)) is null && !IsOver && Environment.TickCount64 < deadline)
        {
            Thread.Sleep(5); // waits because nothing announces a message to who has no consumer
        }

        _silent.Remove("basic.get-empty");
        if (got is null)
        {
            Record("(no message to get)");
        }

        return got;
    }

    /// <summary>Asks until the queue has so many messages ready.</summary>
    public void AwaitReady(string queue, int count) => AwaitPassive(queue, "message-count", count);

    /// <summary>Asks until the queue has so many consumers.</summary>
    public void AwaitConsumers(string queue, int count) => AwaitPassive(queue, "consumer-count", count);

    public void Consume(
        string queue, string tag = "c", bool noAck = false, bool exclusive = false, bool noLocal = false, bool noWait = false,
        (string, object?)[]? args = null)
    {
        BasicConsume method = new(Name(queue), ShortString.FromString(tag), noLocal, noAck, exclusive, noWait, Fields.Table(args ?? []));
        if (noWait)
        {
            Send(method);
        }
        else
        {
            Call(method, "basic.consume-ok");
        }
    }

    public void Cancel(string tag = "c") => Call(new BasicCancel(ShortString.FromString(tag), false), "basic.cancel-ok");

    public void Qos(ushort count, bool global = false, uint size = 0) => Call(new BasicQos(size, count, global), "basic.qos-ok");

    /// <summary>The next deliveries, as soon as so many have come.</summary>
    public IReadOnlyList<Delivery> Take(int count = 1)
    {
        if (!_peer.Pump(() => IsOver || _deliveries.Count >= count))
        {
            Record($"(only {_deliveries.Count} of {count} deliveries)");
        }

        List<Delivery> taken = [];
        while (taken.Count < count && _deliveries.TryDequeue(out Delivery? delivery))
        {
            taken.Add(delivery);
        }

        return taken;
    }

    /// <summary>The deliveries that have come, without waiting.</summary>
    public IReadOnlyList<Delivery> TakeAll()
    {
        Delivery[] taken = [.. _deliveries];
        _deliveries.Clear();
        return taken;
    }

    /// <summary>Waits for a method that the broker sends of its own accord.</summary>
    public void AwaitMethod(string name) => Await(name);

    /// <summary>Waits for the answer to the client's channel.close, also on a channel that the broker has closed itself.</summary>
    public void AwaitCloseOk()
    {
        if (!_peer.Pump(() => _peer.IsClosed || _replies.Exists(static r => r.Name == "channel.close-ok")))
        {
            Record("(no channel.close-ok)");
        }

        _replies.Clear();
    }

    /// <summary>Waits until so many messages have been returned in all.</summary>
    public void AwaitReturns(int count)
    {
        if (!_peer.Pump(() => IsOver || _returns >= count))
        {
            Record($"(only {_returns} of {count} returns)");
        }
    }

    public void Ack(ulong tag, bool multiple = false) => Send(new BasicAck(tag, multiple));

    public void Nack(ulong tag, bool multiple = false, bool requeue = true) => Send(new BasicNack(tag, multiple, requeue));

    public void Reject(ulong tag, bool requeue = true) => Send(new BasicReject(tag, requeue));

    public void Recover(bool requeue = true) => Call(new BasicRecover(requeue), "basic.recover-ok");

    // ---- confirms and transactions ----

    public void Confirm()
    {
        Call(new ConfirmSelect(false), "confirm.select-ok");
        _confirms.IsOn = !IsOver;
    }

    /// <summary>Waits until every publish so far has been confirmed, and records which were acked and nacked.</summary>
    public void AwaitConfirms()
    {
        _peer.Pump(() => IsOver || _confirms.AllCame);
        ReportConfirms();
    }

    public void TxSelect() => Call(new TxSelect(), "tx.select-ok");

    public void Commit() => Call(new TxCommit(), "tx.commit-ok");

    public void Rollback() => Call(new TxRollback(), "tx.rollback-ok");

    // ---- what must not come ----

    /// <summary>A round trip on the channel: what the broker had sent before is in.</summary>
    public void Sync()
    {
        _silent.Add("channel.flow-ok");
        Call(new ChannelFlow(true), "channel.flow-ok");
        _silent.Remove("channel.flow-ok");
    }

    /// <summary>
    /// Round trips through the channel and the queue: what the queue had decided to send on this channel is in. (In RabbitMQ
    /// a queue's deliveries reach the channel before its answer, but leave it after the answer.)
    /// </summary>
    public void Quiet(string queue)
    {
        for (int i = 0; i < 2; i++)
        {
            _silent.Add("queue.declare-ok");
            Declare(queue, passive: true);
            _silent.Remove("queue.declare-ok");
            Sync();
        }
    }

    /// <summary>What a passive declaration says of a queue, "none" without the queue; nothing of it is recorded.</summary>
    public string Look(string queue)
    {
        Muted = true;
        if (!_opened)
        {
            Open();
        }

        ReceivedMethod? answer = Call(
            new QueueDeclare(Name(queue), true, false, false, false, false, FieldTable.Empty), "queue.declare-ok", "channel.close");
        Muted = false;
        return answer switch
        {
            { Name: "queue.declare-ok" } ok => $"{ok["message-count"]} ready {ok["consumer-count"]} consumers",
            { } close => close["reply-code"] == "404" ? "none" : close["reply-text"],
            null => "(no answer)",
        };
    }

    private void AwaitPassive(string queue, string field, int count)
    {
        long deadline = Environment.TickCount64 + (long)Peer.Patience.TotalMilliseconds;
        string last = "";
        _silent.Add("queue.declare-ok");
        while (!IsOver && Environment.TickCount64 < deadline)
        {
            ReceivedMethod? ok = Call(new QueueDeclare(Name(queue), true, false, false, false, false, FieldTable.Empty), "queue.declare-ok");
            last = ok?[field] ?? "";
            if (last == $"{count}")
            {
                break;
            }

            Thread.Sleep(5); // waits because nothing announces the length of a queue
        }

        _silent.Remove("queue.declare-ok");
        Record($"({queue}: {field} {last})");
    }

    private ShortString Name(string name) => ShortString.FromString(_peer.Script[name]);
}
