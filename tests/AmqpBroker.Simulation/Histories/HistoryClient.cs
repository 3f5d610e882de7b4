using System.Buffers.Binary;
using System.Globalization;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A client without a socket that writes down what it is sent. It knows nothing of what the broker should do.</summary>
internal sealed class HistoryClient : ISessionOutput
{
    private const uint FrameMax = 131072;

    private readonly TestBroker _broker;
    private readonly History _history;
    private readonly CommandBatch _batch;
    private long _unread;

    internal HistoryClient(TestBroker broker, History history)
    {
        _broker = broker;
        _history = history;
        Session = new Session(broker.Runtime, this, new SessionIdentity
        {
            User = new User { Name = ShortString.FromString("guest") },
            ConnectionName = "history",
            TakesConsumerCancel = true,
        });
        _batch = new CommandBatch(Session, static _ => { });
    }

    internal Session Session { get; }

    internal Dictionary<ushort, HistoryChannel> Channels { get; } = [];

    internal ushort LastChannel { get; set; }

    /// <summary>Its machine or the broker's is down: nothing comes any more.</summary>
    internal bool IsGone { get; set; }

    /// <summary>Called when a passive declare found its object (true) or closed its channel (false).</summary>
    internal Action<bool>? OnLook { get; set; }

    internal static string HashOf(ReadOnlySpan<byte> body)
    {
        uint hash = 2166136261;
        foreach (byte b in body)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash.ToString("x8", CultureInfo.InvariantCulture);
    }

    internal void Run(Action<CommandBatch> fill)
    {
        fill(_batch);
        if (_broker.Runtime.Post(_batch))
        {
            _batch.Completed();
        }

        _broker.RunScheduled();
    }

    void ISessionOutput.Enqueue(OutboundChunk chunk)
    {
        _unread += chunk.Bytes;
        int start = 0;
        foreach (OutboundChunk.Item item in chunk.Items)
        {
            Read(chunk.Arena[start..item.ArenaEnd], item.Content);
            start = item.ArenaEnd;
        }

        Read(chunk.Arena[start..], null);
        chunk.Recycle();
    }

    void ISessionOutput.Flush()
    {
        while (_unread > 0)
        {
            long bytes = _unread;
            _unread = 0;
            Session.Drained(bytes);
        }
    }

    void ISessionOutput.ChannelClosing(ChannelSession channel)
    {
    }

    void ISessionOutput.ConnectionClosing() => throw new ViolationException("The core gave a connection up.");

    /// <summary>The content belongs to the last method.</summary>
    private void Read(ReadOnlySpan<byte> bytes, Message? content)
    {
        while (!bytes.IsEmpty)
        {
            if (!FrameReader.TryRead(bytes, FrameMax, out Protocol.Frame frame, out int consumed))
            {
                throw new ViolationException("A frame was cut off.");
            }

            bytes = bytes[consumed..];
            if (!IsGone && Channels.TryGetValue(frame.Channel, out HistoryChannel? channel))
            {
                Note(channel, ServerMethods.Read(frame.Payload), bytes.IsEmpty ? content : null);
            }
        }
    }

    private void Note(HistoryChannel channel, IMethod method, Message? content)
    {
        switch (method)
        {
            case BasicDeliver deliver:
                (string queue, bool noAck) = channel.Consumers[deliver.ConsumerTag.ToString()];
                Deliver(channel, queue, noAck, deliver.DeliveryTag, deliver.Redelivered, content!);
                break;
            case BasicGetOk got:
                Deliver(channel, channel.Getting!.Value.Queue, channel.Getting.Value.NoAck, got.DeliveryTag, got.Redelivered, content!);
                break;
            case BasicGetEmpty:
                _history.Empty(channel.Getting!.Value.Queue);
                break;
            case BasicAck ack:
                Confirm(channel, "confirm", ack.DeliveryTag, ack.Multiple);
                break;
            case BasicNack nack:
                Confirm(channel, "refuse", nack.DeliveryTag, nack.Multiple);
                break;
            case BasicReturn:
                _history.Add($"return {IdOf(content!)}");
                break;
            case BasicCancel cancel:
                channel.Consumers.Remove(cancel.ConsumerTag.ToString());
                break;
            case BasicCancelOk cancelled:
                channel.Consumers.Remove(cancelled.ConsumerTag.ToString());
                break;
            case ChannelClose:
                OnLook?.Invoke(false);
                End(channel);
                break;
            case QueueDeclareOk or ExchangeDeclareOk when OnLook is not null:
                OnLook(true);
                break;
            case QueueDeclareOk or ExchangeDeclareOk or QueueDeleteOk or ExchangeDeleteOk or QueuePurgeOk or TxCommitOk or QueueBindOk:
                _history.Add($"ok {channel.Questions.Dequeue()}");
                break;
        }
    }

    internal void End(HistoryChannel channel)
    {
        if (!channel.Ended)
        {
            channel.Ended = true;
            Channels.Remove(channel.Session.Number);
            _history.Add($"end {channel.Name}");
        }
    }

    private void Confirm(HistoryChannel channel, string how, ulong tag, bool multiple)
    {
        foreach ((ulong published, int id) in channel.Unconfirmed.Where(p => p.Key == tag || (multiple && p.Key < tag)).ToArray())
        {
            channel.Unconfirmed.Remove(published);
            _history.Add($"{how} {id}");
        }
    }

    private void Deliver(HistoryChannel channel, string queue, bool noAck, ulong tag, bool redelivered, Message content)
    {
        byte[] body = BodyOf(content);
        (long deaths, string? from) = DeathsOf(content.Headers);
        long number = _history.Deliver(
            channel.Name,
            queue,
            $"{BinaryPrimitives.ReadInt32BigEndian(body)}{(redelivered ? " redelivered" : "")}{(noAck ? " noack" : "")}"
            + $" count={ReturnsOf(content.Headers)}{(from is null ? "" : $" deaths={deaths} from={from}")} body={HashOf(body)}");
        if (!noAck)
        {
            channel.Held.Add(new HeldDelivery(tag, number));
        }
    }

    private static byte[] BodyOf(Message content)
    {
        var body = new List<byte>();
        foreach (ContentSlice piece in content.Body)
        {
            body.AddRange(piece.Span);
        }

        return [.. body];
    }

    private static int IdOf(Message content) => BinaryPrimitives.ReadInt32BigEndian(BodyOf(content));

    private static long ReturnsOf(FieldTable headers) =>
        headers.TryGetValue("x-delivery-count"u8, out FieldValue count) ? count.AsInt64() : 0;

    private static (long Deaths, string? From) DeathsOf(FieldTable headers)
    {
        if (!headers.TryGetValue("x-death"u8, out FieldValue deaths) || !headers.TryGetValue("x-first-death-queue"u8, out FieldValue from))
        {
            return (0, null);
        }

        long sum = 0;
        foreach (FieldValue death in deaths.AsArray())
        {
            sum += death.AsTable().TryGetValue("count"u8, out FieldValue count) ? count.AsInt64() : 0;
        }

        return (sum, from.AsString());
    }
}
