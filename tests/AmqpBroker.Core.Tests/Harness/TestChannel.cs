using System.Text;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>A channel of a <see cref="TestClient"/>, with the short forms that tests read well with.</summary>
internal sealed class TestChannel(TestClient client, ChannelSession session)
{
    internal ChannelSession Session { get; } = session;

    internal TestClient Client { get; } = client;

    internal void Send<T>(T method)
        where T : struct, IMethod<T> => Client.Run(b => b.Method(Session, in method));

    internal QueueDeclareOk DeclareQueue(
        string name, bool durable = false, bool exclusive = false, bool autoDelete = false, FieldTable? arguments = null)
    {
        Send(new QueueDeclare(Name(name), Passive: false, durable, exclusive, autoDelete, NoWait: false, arguments ?? FieldTable.Empty));
        return Client.Expect<QueueDeclareOk>();
    }

    internal QueueDeclareOk Passive(string name)
    {
        Send(new QueueDeclare(Name(name), Passive: true, false, false, false, NoWait: false, FieldTable.Empty));
        return Client.Expect<QueueDeclareOk>();
    }

    internal void DeclareExchange(
        string name, string type, bool durable = false, bool autoDelete = false, bool isInternal = false, FieldTable? arguments = null)
    {
        Send(new ExchangeDeclare(Name(name), Name(type), Passive: false, durable, autoDelete, isInternal, NoWait: false, arguments ?? FieldTable.Empty));
        Client.Expect<ExchangeDeclareOk>();
    }

    internal void Bind(string queue, string exchange, string key = "", FieldTable? arguments = null)
    {
        Send(new QueueBind(Name(queue), Name(exchange), Name(key), NoWait: false, arguments ?? FieldTable.Empty));
        Client.Expect<QueueBindOk>();
    }

    internal void SelectConfirms()
    {
        Send(new ConfirmSelect(NoWait: false));
        Client.Expect<ConfirmSelectOk>();
    }

    internal void Qos(ushort prefetch, bool global = false)
    {
        Send(new BasicQos(0, prefetch, global));
        Client.Expect<BasicQosOk>();
    }

    internal void Publish(
        string key, string body, string exchange = "", bool persistent = false, bool mandatory = false, Action<BasicPropertiesEditor>? properties = null) =>
        Client.Run(b => b.Publish(Session, NewMessage(exchange, key, body, persistent, properties), mandatory, immediate: false));

    internal static Message NewMessage(
        string exchange, string key, string body, bool persistent = false, Action<BasicPropertiesEditor>? properties = null)
    {
        var editor = new BasicPropertiesEditor();
        if (persistent)
        {
            editor.Set(BasicProperty.DeliveryMode, 2);
        }

        properties?.Invoke(editor);
        Message message = Message.Rent(Name(exchange), Name(key));
        message.SetProperties(editor.Build());
        message.AppendBody(Encoding.UTF8.GetBytes(body));
        return message;
    }

    internal string Consume(string queue, string tag = "", bool noAck = false, bool exclusive = false, FieldTable? arguments = null)
    {
        Send(new BasicConsume(Name(queue), Name(tag), NoLocal: false, noAck, exclusive, NoWait: false, arguments ?? FieldTable.Empty));
        return Client.Expect<BasicConsumeOk>().ConsumerTag.ToString();
    }

    internal void Cancel(string tag)
    {
        Send(new BasicCancel(Name(tag), NoWait: false));
        Client.Expect<BasicCancelOk>();
    }

    internal Received Get(string queue, bool noAck = false)
    {
        Send(new BasicGet(Name(queue), noAck));
        return Client.Next();
    }

    internal void Ack(ulong tag, bool multiple = false) => Client.Run(b => b.Ack(Session, tag, multiple));

    internal void Nack(ulong tag, bool multiple = false, bool requeue = true) => Client.Run(b => b.Nack(Session, tag, multiple, requeue));

    internal void Reject(ulong tag, bool requeue) => Client.Run(b => b.Reject(Session, tag, requeue));

    internal void Close()
    {
        Client.Run(b => b.CloseChannel(Session));
        Client.Expect<ChannelCloseOk>();
    }

    /// <summary>How many messages are ready.</summary>
    internal uint Ready(string queue) => Passive(queue).MessageCount;

    internal uint Purge(string queue)
    {
        Send(new QueuePurge(Name(queue), NoWait: false));
        return Client.Expect<QueuePurgeOk>().MessageCount;
    }

    internal uint DeleteQueue(string queue, bool ifUnused = false, bool ifEmpty = false)
    {
        Send(new QueueDelete(Name(queue), ifUnused, ifEmpty, NoWait: false));
        return Client.Expect<QueueDeleteOk>().MessageCount;
    }

    /// <summary>The same where nothing becomes durable by itself.</summary>
    internal uint DeleteQueueOnSync(string queue, TestBroker broker)
    {
        Send(new QueueDelete(Name(queue), false, false, NoWait: false));
        broker.Sync();
        return Client.Expect<QueueDeleteOk>().MessageCount;
    }

    /// <summary>The same where nothing becomes durable by itself.</summary>
    internal uint PurgeOnSync(string queue, TestBroker broker)
    {
        Send(new QueuePurge(Name(queue), NoWait: false));
        broker.Sync();
        return Client.Expect<QueuePurgeOk>().MessageCount;
    }

    internal void DeleteExchange(string exchange, bool ifUnused = false)
    {
        Send(new ExchangeDelete(Name(exchange), ifUnused, NoWait: false));
        Client.Expect<ExchangeDeleteOk>();
    }

    internal void BindExchange(string destination, string source, string key = "")
    {
        Send(new ExchangeBind(Name(destination), Name(source), Name(key), NoWait: false, FieldTable.Empty));
        Client.Expect<ExchangeBindOk>();
    }

    internal void Unbind(string queue, string exchange, string key = "")
    {
        Send(new QueueUnbind(Name(queue), Name(exchange), Name(key), FieldTable.Empty));
        Client.Expect<QueueUnbindOk>();
    }

    internal void SelectTransactions()
    {
        Send(default(TxSelect));
        Client.Expect<TxSelectOk>();
    }

    internal void Commit()
    {
        Send(default(TxCommit));
        Client.Expect<TxCommitOk>();
    }

    /// <summary>Gets a message that must be there and stay unacknowledged; gives its delivery tag.</summary>
    internal ulong Take(string queue) => Assert.IsType<BasicGetOk>(Get(queue).Method).DeliveryTag;

    /// <summary>The bodies of everything that is ready, taken away.</summary>
    internal string[] Drain(string queue)
    {
        var bodies = new List<string>();
        while (Get(queue, noAck: true) is { Method: BasicGetOk } got)
        {
            bodies.Add(got.Text);
        }

        return [.. bodies];
    }

    /// <summary>The exchange exists.</summary>
    internal bool HasExchange(string name)
    {
        TestChannel probe = Client.OpenChannel((ushort)(Session.Number + 1000));
        probe.Send(new ExchangeDeclare(Name(name), Name(""), Passive: true, false, false, false, NoWait: false, FieldTable.Empty));
        return Probed<ExchangeDeclareOk>(probe);
    }

    /// <summary>The queue exists.</summary>
    internal bool HasQueue(string name)
    {
        TestChannel probe = Client.OpenChannel((ushort)(Session.Number + 1000));
        probe.Send(new QueueDeclare(Name(name), Passive: true, false, false, false, NoWait: false, FieldTable.Empty));
        return Probed<QueueDeclareOk>(probe);
    }

    private bool Probed<TOk>(TestChannel probe)
    {
        if (Client.Next().Method is not TOk)
        {
            return false;
        }

        probe.Close();
        return true;
    }

    /// <summary>What was asked for last closes the channel with this code and text.</summary>
    internal ChannelClose ExpectClosed(ReplyCode code, string text)
    {
        ChannelClose close = ExpectClosed(code);
        string full = close.ReplyText.ToString();
        Assert.Equal(text, full[(full.IndexOf(" - ", StringComparison.Ordinal) + 3)..]);
        Assert.Contains(Session.Number, Client.ClosingChannels);
        return close;
    }

    internal ChannelClose ExpectClosed(ReplyCode code)
    {
        ChannelClose close = Client.Expect<ChannelClose>();
        Assert.Equal(code, close.ReplyCode);
        return close;
    }

    internal static ShortString Name(string name) => ShortString.FromString(name);
}
