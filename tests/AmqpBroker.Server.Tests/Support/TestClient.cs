using System.Buffers.Binary;
using System.Text;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Connections;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>The other end: sends what a test says, right or wrong, and reads what comes.</summary>
internal sealed class TestClient(Connection connection, Task running, ByteQueue toServer, ByteQueue toClient)
{
    /// <summary>Far longer than anything takes; only a test that fails waits for it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly List<byte> _unread = [];

    /// <summary>The connection, as the server has it.</summary>
    public Connection Connection => connection;

    /// <summary>Completes when the server is through with the connection.</summary>
    public Task Ended => running.WaitAsync(s_patience);

    public ValueTask SendRawAsync(params byte[] bytes) => toServer.WriteAsync(bytes);

    public ValueTask SendFrameAsync(byte type, ushort channel, params byte[] payload) => SendRawAsync(FrameBytes(type, channel, payload));

    public ValueTask SendAsync<T>(ushort channel, in T method)
        where T : struct, IMethod<T> => SendRawAsync(MethodBytes(channel, in method));

    public ValueTask SendHeaderAsync() => SendRawAsync(ProtocolHeader.Amqp091.ToArray());

    public ValueTask PublishAsync(ushort channel, string exchange, string key, byte[] body, uint frameMax = 131072, bool mandatory = false) =>
        SendRawAsync(PublishBytes(channel, exchange, key, body, frameMax, mandatory));

    /// <summary>The client hangs up.</summary>
    public void HangUp()
    {
        toServer.End();
        toClient.Break();
    }

    /// <summary>The client says nothing more, but still reads.</summary>
    public void EndSending() => toServer.End();

    public static byte[] FrameBytes(byte type, ushort channel, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[payload.Length + Frame.Overhead];
        FrameWriter.WriteHeader(frame, type, channel, payload.Length);
        payload.CopyTo(frame.AsSpan(Frame.HeaderSize));
        frame[^1] = AmqpConstants.FrameEnd;
        return frame;
    }

    public static byte[] MethodBytes<T>(ushort channel, in T method)
        where T : struct, IMethod<T>
    {
        byte[] frame = new byte[FrameWriter.MethodSize(in method)];
        FrameWriter.WriteMethod(frame, channel, in method);
        return frame;
    }

    public static byte[] PublishBytes(ushort channel, string exchange, string key, byte[] body, uint frameMax = 131072, bool mandatory = false)
    {
        var publish = new BasicPublish(ShortString.FromString(exchange), ShortString.FromString(key), mandatory, false);
        byte[] bytes = new byte[FrameWriter.MessageSize(in publish, 2, body.Length, frameMax)];
        FrameWriter.WriteMessage(bytes, channel, in publish, BasicProperties.None.Span, body, frameMax);
        return bytes;
    }

    public static ConnectionStartOk StartOk(
        string user = "guest", string password = "guest", string mechanism = "PLAIN", byte[]? response = null, FieldTable? properties = null) => new(
            properties ?? new FieldTableBuilder()
                .Append("capabilities", FieldValue.FromTable(new FieldTableBuilder().Append("authentication_failure_close", FieldValue.FromBoolean(true)).Build()))
                .Build(),
            ShortString.FromString(mechanism),
            response ?? Encoding.UTF8.GetBytes($"\0{user}\0{password}"),
            ShortString.FromString("en_US"));

    /// <summary>Client properties with these capabilities.</summary>
    public static FieldTable Capabilities(params string[] names)
    {
        var capabilities = new FieldTableBuilder();
        foreach (string name in names)
        {
            capabilities.Append(name, FieldValue.FromBoolean(true));
        }

        return new FieldTableBuilder().Append("capabilities", FieldValue.FromTable(capabilities.Build())).Build();
    }

    /// <summary>From the protocol header to open-ok.</summary>
    public async Task OpenAsync(
        string vhost = "/", uint frameMax = 131072, ushort heartbeat = 0, ushort channelMax = 2047, FieldTable? properties = null)
    {
        await StartAsync();
        await SendAsync(0, StartOk(properties: properties));
        await ReadAsync<ConnectionTune>(0);
        await SendAsync(0, new ConnectionTuneOk(channelMax, frameMax, heartbeat));
        await SendAsync(0, new ConnectionOpen(ShortString.FromString(vhost)));
        await ReadAsync<ConnectionOpenOk>(0);
    }

    /// <summary>The protocol header, and the server's answer.</summary>
    public async Task<ConnectionStart> StartAsync()
    {
        await SendHeaderAsync();
        return await ReadAsync<ConnectionStart>(0);
    }

    public async Task OpenChannelAsync(ushort channel)
    {
        await SendAsync(channel, default(ChannelOpen));
        await ReadAsync<ChannelOpenOk>(channel);
    }

    public async Task DeclareAsync(ushort channel, string queue)
    {
        await SendAsync(channel, new QueueDeclare(ShortString.FromString(queue), false, false, false, false, false, FieldTable.Empty));
        await ReadAsync<QueueDeclareOk>(channel);
    }

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<ReceivedFrame?> ReadFrameAsync()
    {
        while (true)
        {
            if (_unread.Count >= Frame.HeaderSize)
            {
                byte[] start = [.. _unread.GetRange(0, Frame.HeaderSize)];
                int size = BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(3));
                if (_unread.Count >= size + Frame.Overhead)
                {
                    Assert.Equal(AmqpConstants.FrameEnd, _unread[Frame.HeaderSize + size]);
                    byte[] payload = [.. _unread.GetRange(Frame.HeaderSize, size)];
                    _unread.RemoveRange(0, size + Frame.Overhead);
                    return new ReceivedFrame(start[0], BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(1)), payload);
                }
            }

            if (await ReadMoreAsync() == 0)
            {
                Assert.Empty(_unread);
                return null;
            }
        }
    }

    /// <summary>The next frame, which must be this method on this channel.</summary>
    public async Task<T> ReadAsync<T>(ushort channel)
        where T : struct, IMethod<T>
    {
        ReceivedFrame? frame = await ReadFrameAsync();
        Assert.NotNull(frame);
        T method = frame.As<T>();
        Assert.Equal(channel, frame.Channel);
        return method;
    }

    /// <summary>The next method with its content.</summary>
    public async Task<(T Method, byte[] Body)> ReadContentAsync<T>(ushort channel)
        where T : struct, IMethod<T>
    {
        T method = await ReadAsync<T>(channel);
        ReceivedFrame? header = await ReadFrameAsync();
        Assert.Equal("header", header!.Name);
        long left = BinaryPrimitives.ReadInt64BigEndian(header.Payload.AsSpan(4));
        var body = new List<byte>();
        while (body.Count < left)
        {
            ReceivedFrame? frame = await ReadFrameAsync();
            Assert.Equal(("body", channel), (frame!.Name, frame.Channel));
            body.AddRange(frame.Payload);
        }

        Assert.Equal(left, body.Count);
        return (method, [.. body]);
    }

    /// <summary>The server must close the connection with this code and text.</summary>
    public async Task<ConnectionClose> ExpectCloseAsync(ReplyCode code, string text)
    {
        ConnectionClose close = await ReadAsync<ConnectionClose>(0);
        Assert.Equal((code, $"{code.RabbitName()} - {text}"), (close.ReplyCode, close.ReplyText.ToString()));
        return close;
    }

    /// <summary>The server must close the channel with this code and text.</summary>
    public async Task<ChannelClose> ExpectChannelCloseAsync(ushort channel, ReplyCode code, string text)
    {
        ChannelClose close = await ReadAsync<ChannelClose>(channel);
        Assert.Equal((code, $"{code.RabbitName()} - {text}"), (close.ReplyCode, close.ReplyText.ToString()));
        return close;
    }

    /// <summary>The server must end the connection without another frame.</summary>
    public async Task ExpectEndAsync() => Assert.Null((await ReadFrameAsync())?.Name);

    /// <summary>A round trip: whatever was sent before has been handled, and the channel is alive.</summary>
    public async Task ExpectAliveAsync(ushort channel)
    {
        await SendAsync(channel, new BasicQos(0, 0, false));
        await ReadAsync<BasicQosOk>(channel);
    }

    /// <summary>All bytes until the end.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        while (await ReadMoreAsync() > 0)
        {
        }

        byte[] all = [.. _unread];
        _unread.Clear();
        return all;
    }

    private async Task<int> ReadMoreAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        int count = await toClient.ReadAsync(buffer).AsTask().WaitAsync(s_patience);
        _unread.AddRange(buffer.AsSpan(0, count));
        return count;
    }
}
