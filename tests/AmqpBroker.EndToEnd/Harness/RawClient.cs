using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>A frame as it came; for a method frame with its class and method.</summary>
internal sealed record RawFrame(byte Type, ushort Channel, byte[] Payload)
{
    public (int Class, int Method) Key => Type == Wire.MethodFrame
        ? (BinaryPrimitives.ReadUInt16BigEndian(Payload), BinaryPrimitives.ReadUInt16BigEndian(Payload.AsSpan(2)))
        : default;
}

/// <summary>What a connection.close or channel.close says.</summary>
internal sealed record RawClose(int Code, string Text);

/// <summary>A socket to the broker that sends and reads what a test wants, right or wrong.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly (int, int) ConnectionClose = (10, 50);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>What the broker calls this peer in its log.</summary>
    public IPEndPoint LocalEndPoint { get; }

    public static async Task<RawClient> ConnectAsync(int port, int receiveBufferBytes = 0)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = receiveBufferBytes;
        }

        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawClient(socket);
    }

    /// <summary>Connects and goes through the handshake, to connection.open-ok.</summary>
    public static async Task<RawClient> OpenAsync(int port, int receiveBufferBytes = 0, uint frameMax = 131072)
    {
        RawClient client = await ConnectAsync(port, receiveBufferBytes);
        await client.SendAsync(Wire.ProtocolHeader, Wire.StartOk(), Wire.TuneOk(frameMax: frameMax), Wire.ConnectionOpen());
        await client.ExpectAsync(10, 41);
        return client;
    }

    public async Task SendAsync(params byte[][] parts) => await _stream.WriteAsync(parts.SelectMany(p => p).ToArray());

    /// <summary>Says that nothing more comes; the broker may still send.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next frame, or null once the broker has closed the socket.</summary>
    /// <exception cref="TimeoutException">Neither happens in time.</exception>
    public async Task<RawFrame?> ReadFrameAsync()
    {
        byte[] head = new byte[7];
        if (!await FillAsync(head))
        {
            return null;
        }

        byte[] rest = new byte[BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(3)) + 1];
        return await FillAsync(rest) ? new RawFrame(head[0], BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)), rest[..^1]) : null;
    }

    /// <summary>Reads up to a method.</summary>
    public async Task<RawFrame> ExpectAsync(int classId, int methodId)
    {
        while (await ReadFrameAsync() is { } frame)
        {
            if (frame.Key == (classId, methodId))
            {
                return frame;
            }

            Assert.NotEqual(ConnectionClose, frame.Key);
        }

        throw new InvalidOperationException($"The broker closed the socket before method {classId}.{methodId}.");
    }

    /// <summary>Reads up to connection.close; null if the socket is closed without.</summary>
    public async Task<RawClose?> ReadConnectionCloseAsync()
    {
        while (await ReadFrameAsync() is { } frame)
        {
            if (frame.Key == ConnectionClose)
            {
                return Close(frame);
            }
        }

        return null;
    }

    public static RawClose Close(RawFrame frame) => new(
        BinaryPrimitives.ReadUInt16BigEndian(frame.Payload.AsSpan(4)), Encoding.UTF8.GetString(frame.Payload, 7, frame.Payload[6]));

    /// <summary>All that comes until the broker closes the socket.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        List<byte> all = [];
        byte[] one = new byte[1];
        while (await FillAsync(one))
        {
            all.Add(one[0]);
        }

        return [.. all];
    }

    public void Dispose() => _stream.Dispose();

    private async Task<bool> FillAsync(byte[] buffer)
    {
        try
        {
            using CancellationTokenSource limit = new(Client.Wait);
            return await _stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, limit.Token) == buffer.Length;
        }
        catch (IOException)
        {
            // A reset is an end too.
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The broker neither sent nor closed within {Client.Wait}.");
        }
    }
}
