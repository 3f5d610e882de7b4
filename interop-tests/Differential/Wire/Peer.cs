using System.Buffers.Binary;
using System.Net.Sockets;
using AmqpBroker.Differential.Runs;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <summary>
/// One connection of a scenario: plain frames over a socket, in both directions, so that nothing is hidden and invalid
/// sequences can be sent. Reading happens only while a scenario waits for something. For one thread.
/// </summary>
internal sealed partial class Peer : IDisposable
{
    /// <summary>The limit of one wait; what takes longer does not come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Script _script;
    private readonly Socket _socket;
    private readonly SortedDictionary<int, Ch> _channels = [];
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private int _lastChannel;
    private bool _isOpen;
    private ReceivedMethod? _lastWord;
    private MemoryStream? _held;

    public Peer(Script script, string name)
    {
        _script = script;
        Name = name;
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(script.Host, script.Port);
        Control = this[0];
    }

    public string Name { get; }

    public Script Script => _script;

    /// <summary>Channel 0.</summary>
    public Ch Control { get; }

    /// <summary>The broker has sent connection.close or close-ok, or the socket is closed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The broker has closed the socket.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether connection.close is answered.</summary>
    public bool AnswersCloses { get; set; } = true;

    /// <summary>The channel of this number, open or not.</summary>
    public Ch this[int number]
    {
        get
        {
            if (!_channels.TryGetValue(number, out Ch? channel))
            {
                _channels[number] = channel = new Ch(this, (ushort)number);
            }

            return channel;
        }
    }

    /// <summary>Opens a channel of a number not used before.</summary>
    public Ch Channel()
    {
        Ch channel = this[++_lastChannel];
        channel.Open();
        return channel;
    }

    /// <summary>What is sent is being collected: nothing is written, and nothing waited for.</summary>
    public bool IsHolding => _held is not null;

    /// <summary>From now on collects what is sent, until <see cref="Release"/>.</summary>
    public void Hold() => _held = new MemoryStream();

    /// <summary>Sends what was collected, in one write.</summary>
    public void Release()
    {
        byte[] bytes = _held?.ToArray() ?? [];
        _held = null;
        Send(bytes);
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (_held is { } held)
        {
            held.Write(bytes);
            return;
        }

        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }
        catch (SocketException closed)
        {
            _script.Transcript.Note($"{Name}: cannot send: {closed.SocketErrorCode}");
        }
    }

    /// <summary>Sends a frame that may be as wrong as the scenario likes.</summary>
    public void SendFrame(byte type, int channel, ReadOnlySpan<byte> payload, byte end = AmqpConstants.FrameEnd, int? length = null)
    {
        byte[] frame = new byte[payload.Length + 8];
        frame[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)channel);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), length ?? payload.Length);
        payload.CopyTo(frame.AsSpan(7));
        frame[^1] = end;
        _script.Transcript.Note($"{Name}, channel {channel} > frame of type {type}, {payload.Length} octets");
        Send(frame);
    }

    /// <summary>Takes in what comes until a condition holds or nothing can come any more.</summary>
    /// <returns>Whether it holds.</returns>
    public bool Pump(Func<bool> done, TimeSpan? limit = null)
    {
        if (IsHolding)
        {
            return done();
        }

        long deadline = Environment.TickCount64 + (long)(limit ?? Patience).TotalMilliseconds;
        while (!done())
        {
            if (TryTakeFrame())
            {
                continue;
            }

            long left = deadline - Environment.TickCount64;
            if (IsEnded || left <= 0 || !_socket.Poll(TimeSpan.FromMilliseconds(left), SelectMode.SelectRead))
            {
                return done();
            }

            Receive();
        }

        return true;
    }

    /// <summary>Takes in what has come, without waiting.</summary>
    public void Drain()
    {
        while (TryTakeFrame() || (!IsEnded && _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead)))
        {
            if (!IsEnded && _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                Receive();
            }
        }
    }

    /// <summary>Waits until the broker has closed the connection, and the socket too.</summary>
    public void WaitClosed()
    {
        Pump(() => IsEnded);
        Control.Record(IsEnded ? "(socket closed)" : "(socket still open)");
    }

    /// <summary>Closes the connection in order.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            Control.Call(new ConnectionClose((ReplyCode)200, ShortString.FromString("bye"), 0, 0), "connection.close-ok");
        }
    }

    /// <summary>Closes the socket without a word.</summary>
    public void Drop()
    {
        _script.Transcript.Note($"{Name}: closes the socket");
        IsClosed = IsEnded = true;
        _socket.Close();
    }

    public void Finish()
    {
        foreach (Ch channel in _channels.Values.ToArray())
        {
            channel.Finish();
        }

        if (_isOpen)
        {
            Close();
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Takes in connection.close or close-ok.</summary>
    internal void OnClose(ReceivedMethod method)
    {
        IsClosed = true;
        _lastWord = method;
    }

    private void Receive()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int count = 0;
        try
        {
            count = _socket.Receive(_buffer.AsSpan(_end));
        }
        catch (SocketException reset)
        {
            _script.Transcript.Note($"{Name}: {reset.SocketErrorCode}");
        }

        _end += count;
        if (count == 0)
        {
            IsEnded = true;
            if (!IsClosed)
            {
                IsClosed = true;
                Control.Record("(socket closed without a word)");
            }
        }
    }

    private bool TryTakeFrame()
    {
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < 8)
        {
            return false;
        }

        if (bytes[..4].SequenceEqual("AMQP"u8))
        {
            Control.Record($"protocol header {Convert.ToHexString(bytes[..8])}");
            _start += 8;
            return true;
        }

        int size = BinaryPrimitives.ReadInt32BigEndian(bytes[3..]);
        if (bytes.Length < size + 8)
        {
            return false;
        }

        _start += size + 8;
        ushort channel = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
        if (bytes[size + 7] != AmqpConstants.FrameEnd)
        {
            Control.Record($"frame of type {bytes[0]} on channel {channel} without frame-end");
        }

        this[channel].OnFrame(bytes[0], bytes.Slice(7, size));
        return true;
    }
}
