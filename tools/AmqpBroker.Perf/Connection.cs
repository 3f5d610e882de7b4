using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace AmqpBroker.Perf;

/// <summary>
/// One blocking socket with one open channel, used by one thread. Reads into one large buffer; what a reader leaves
/// stays for the next read.
/// </summary>
internal sealed class Connection : IDisposable
{
    public const ushort Channel = 1;
    private const int ReadBufferBytes = 256 * 1024;
    private const int CloseTimeoutMs = 30_000;
    private const byte MethodType = 1;
    private const byte HeartbeatType = 8;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[ReadBufferBytes];
    private int _start;
    private int _end;

    private Connection()
    {
    }

    /// <summary>The negotiated frame size in bytes.</summary>
    public int FrameMax { get; private set; }

    public int Handle => (int)_socket.Handle;

    /// <summary>What was read and not yet consumed.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Connects, shakes hands without heartbeats and opens the channel.</summary>
    public static Connection Open(Scenario scenario, string name)
    {
        var connection = new Connection();
        try
        {
            connection.Shake(scenario, name);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>Blocks until there is more to read; the buffered bytes then hold it too.</summary>
    /// <exception cref="AmqpException">The peer closed the socket.</exception>
    public void Fill()
    {
        if (_start > 0)
        {
            Buffered.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        int count = _socket.Receive(_buffer.AsSpan(_end));
        if (count == 0)
        {
            throw new AmqpException("the broker closed the socket");
        }
        _end += count;
    }

    public void Consume(int count) => _start += count;

    /// <summary>True when a read would not block now.</summary>
    public bool IsReadable() => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Sends a method and waits for its answer, whose arguments are returned.</summary>
    public byte[] Call(FrameWriter request, ushort classId, ushort methodId)
    {
        Send(request.Written);
        return Await(classId, methodId);
    }

    /// <summary>
    /// Says goodbye and waits until the broker has worked off all that was sent before. Messages of a socket that is just
    /// dropped may still be routed later, into the queues of the next run.
    /// </summary>
    public void Close()
    {
        _socket.ReceiveTimeout = CloseTimeoutMs;
        Send(new FrameWriter().Method(0, 10, 50).Short(200).ShortString("").Short(0).Short(0).End().Written);
        Skim(10, 51);
    }

    /// <summary>Wakes a thread that blocks on this socket; it then sees the connection closed.</summary>
    public void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Turns a method that no hot loop expects into an exception that says what the broker said.</summary>
    public static AmqpException Unexpected(ReadOnlySpan<byte> method)
    {
        ushort classId = BinaryPrimitives.ReadUInt16BigEndian(method);
        ushort methodId = BinaryPrimitives.ReadUInt16BigEndian(method[2..]);
        if ((classId, methodId) is (10, 50) or (20, 40))
        {
            ushort code = BinaryPrimitives.ReadUInt16BigEndian(method[4..]);
            return new AmqpException($"closed by the broker: {code} {Encoding.UTF8.GetString(method.Slice(7, method[6]))}");
        }
        return new AmqpException($"unexpected method {classId}.{methodId}");
    }

    private void Shake(Scenario scenario, string name)
    {
        _socket.Connect(scenario.Host, scenario.Port);
        Send("AMQP\0\0\x09\x01"u8);
        Await(10, 10);
        byte[] tune = Call(
            new FrameWriter().Method(0, 10, 11)
                .Table(("product", "AmqpBroker.Perf"), ("connection_name", name))
                .ShortString("PLAIN").LongString($"\0{scenario.User}\0{scenario.Password}").ShortString("en_US").End(),
            10, 30);
        uint frameMax = BinaryPrimitives.ReadUInt32BigEndian(tune.AsSpan(2));
        FrameMax = frameMax == 0 ? 131072 : (int)Math.Min(frameMax, 131072);
        Send(new FrameWriter().Method(0, 10, 31)
            .Short(BinaryPrimitives.ReadUInt16BigEndian(tune)).Long((uint)FrameMax).Short(0).End().Written);
        Call(new FrameWriter().Method(0, 10, 40).ShortString(scenario.VirtualHost).ShortString("").Octet(0).End(), 10, 41);
        Call(new FrameWriter().Method(Channel, 20, 10).ShortString("").End(), 20, 11);
    }

    /// <summary>Waits for a method and returns its arguments.</summary>
    public byte[] Await(ushort classId, ushort methodId)
    {
        while (true)
        {
            (byte type, byte[] payload) = ReadFrame();
            if (type == HeartbeatType)
            {
                continue;
            }
            if (type != MethodType)
            {
                throw new AmqpException($"unexpected frame of type {type}; is this an AMQP 0-9-1 broker?");
            }
            return IsMethod(payload, classId, methodId) ? payload[4..] : throw Unexpected(payload);
        }
    }

    /// <summary>Passes over frames up to a method.</summary>
    private void Skim(ushort classId, ushort methodId)
    {
        (byte type, byte[] payload) = ReadFrame();
        while (type != MethodType || !IsMethod(payload, classId, methodId))
        {
            (type, payload) = ReadFrame();
        }
    }

    private (byte Type, byte[] Payload) ReadFrame()
    {
        while (Buffered.Length < 8 || Buffered.Length < FrameBytes(Buffered))
        {
            Fill();
        }
        int size = FrameBytes(Buffered);
        (byte, byte[]) frame = (Buffered[0], Buffered[7..(size - 1)].ToArray());
        Consume(size);
        return frame;
    }

    private static bool IsMethod(ReadOnlySpan<byte> payload, ushort classId, ushort methodId) =>
        BinaryPrimitives.ReadUInt16BigEndian(payload) == classId && BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) == methodId;

    private static int FrameBytes(ReadOnlySpan<byte> frame) => checked(BinaryPrimitives.ReadInt32BigEndian(frame[3..]) + 8);
}
