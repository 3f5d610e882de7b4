using System.Text;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>
/// A client without a socket: what it asks for runs at once, and everything the core sends is read back from the frames as
/// a real client would read it.
/// </summary>
internal sealed class TestClient : ISessionOutput
{
    private const uint AmqpFrameMax = 131072;

    private readonly Session _session;
    private readonly CommandBatch _batch;
    private readonly Queue<OutboundChunk> _chunks = new();
    private readonly Queue<Received> _received = new();
    private readonly TestBroker _broker;
    private readonly Dictionary<ushort, ChannelSession> _channels = [];

    internal TestClient(TestBroker broker, SessionIdentity identity)
    {
        _broker = broker;
        _session = new Session(broker.Runtime, this, identity);
        _batch = new CommandBatch(_session, static _ => { });
    }

    /// <summary>The client reads what it is sent; otherwise its credit runs out.</summary>
    internal bool Reads { get; set; } = true;

    internal HashSet<ushort> ClosingChannels { get; } = [];

    internal bool IsConnectionClosing { get; private set; }

    internal int ReceivedCount => _received.Count;

    internal TestChannel OpenChannel(ushort number = 1)
    {
        var channel = new ChannelSession(_session, number);
        _channels[number] = channel;
        ClosingChannels.Remove(number);
        Run(b => b.OpenChannel(channel));
        Expect<ChannelOpenOk>();
        return new TestChannel(this, channel);
    }

    /// <summary>Several commands as one read of the connection brings them.</summary>
    internal void Run(Action<CommandBatch> fill)
    {
        fill(_batch);
        if (_broker.Runtime.Post(_batch))
        {
            _batch.Completed();
        }

        _broker.RunScheduled();
    }

    internal void Close(SessionEnd end = SessionEnd.ClosedByClient) => Run(b => b.CloseSession(end));

    /// <summary>The next method received, which must be of this type.</summary>
    internal T Expect<T>()
        where T : struct, IMethod<T> => Assert.IsType<T>(Next().Method);

    internal Delivery ExpectDelivery()
    {
        Received next = Next();
        var deliver = Assert.IsType<BasicDeliver>(next.Method);
        return new Delivery(deliver.DeliveryTag, deliver.ConsumerTag.ToString(), deliver.Redelivered, deliver.Exchange.ToString(), deliver.RoutingKey.ToString(), next);
    }

    internal Received Next()
    {
        Assert.True(_received.Count > 0, "The core has sent nothing.");
        return _received.Dequeue();
    }

    /// <summary>What was asked for last closes the connection with this code and text.</summary>
    internal void ExpectClosed(ReplyCode code, string text)
    {
        ConnectionClose close = Expect<ConnectionClose>();
        Assert.Equal(code, close.ReplyCode);
        string full = close.ReplyText.ToString();
        Assert.Equal(text, full[(full.IndexOf(" - ", StringComparison.Ordinal) + 3)..]);
        Assert.True(IsConnectionClosing);
    }

    internal Delivery[] ExpectDeliveries(int count) => [.. Enumerable.Range(0, count).Select(_ => ExpectDelivery())];

    internal int ChannelCount => _session.ChannelCount;

    internal bool IsOverdrawn => _session.IsOverdrawn;

    internal void ExpectNothing() =>
        Assert.True(_received.Count == 0, _received.Count == 0 ? "" : $"Not expected: {_received.Peek().Method}");

    void ISessionOutput.Enqueue(OutboundChunk chunk) => _chunks.Enqueue(chunk);

    void ISessionOutput.Flush()
    {
        if (Reads)
        {
            Read();
        }
    }

    /// <summary>Reads what is waiting.</summary>
    internal void Read()
    {
        long bytes = 0;
        while (_chunks.TryDequeue(out OutboundChunk? chunk))
        {
            bytes += chunk.Bytes;
            Decode(chunk);
            chunk.Recycle();
        }

        if (bytes > 0)
        {
            _session.Drained(bytes);
        }
    }

    void ISessionOutput.ChannelClosing(ChannelSession channel) => ClosingChannels.Add(channel.Number);

    void ISessionOutput.ConnectionClosing() => IsConnectionClosing = true;

    private void Decode(OutboundChunk chunk)
    {
        int start = 0;
        foreach (OutboundChunk.Item item in chunk.Items)
        {
            Received? last = DecodeMethods(chunk.Arena[start..item.ArenaEnd]);
            start = item.ArenaEnd;
            last!.Attach(item.Content!);
        }

        DecodeMethods(chunk.Arena[start..]);
    }

    private Received? DecodeMethods(ReadOnlySpan<byte> frames)
    {
        Received? last = null;
        while (!frames.IsEmpty)
        {
            Assert.True(FrameReader.TryRead(frames, AmqpFrameMax, out Frame frame, out int consumed));
            last = new Received(frame.Channel, ServerMethods.Read(frame.Payload));
            _received.Enqueue(last);
            frames = frames[consumed..];
        }

        return last;
    }
}

/// <summary>A method the core sent, with its content if it has one.</summary>
internal sealed class Received(ushort channel, IMethod method)
{
    internal ushort Channel { get; } = channel;

    internal IMethod Method { get; } = method;

    internal byte[] Body { get; private set; } = [];

    internal byte[] Properties { get; private set; } = [];

    internal string Text => Encoding.UTF8.GetString(Body);

    internal FieldTable Headers
    {
        get
        {
            BasicPropertiesView view = BasicProperties.Scan(Properties);
            return view.Has(BasicProperty.Headers) ? FieldTable.FromRaw(view.Headers.ToArray()) : FieldTable.Empty;
        }
    }

    internal void Attach(Message content)
    {
        Properties = content.Properties.ToArray();
        var body = new List<byte>();
        foreach (ContentSlice piece in content.Body)
        {
            body.AddRange(piece.Span);
        }

        Body = [.. body];
    }
}

/// <summary>A basic.deliver.</summary>
internal sealed record Delivery(
    ulong Tag, string ConsumerTag, bool Redelivered, string Exchange, string RoutingKey, Received Content)
{
    internal string Text => Content.Text;
}
