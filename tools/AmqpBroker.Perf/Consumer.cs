using System.Buffers.Binary;

namespace AmqpBroker.Perf;

/// <summary>
/// Takes deliveries of one queue over one connection, on one thread: looks only at frame headers, the delivery tag and
/// the time stamp in the body, and acknowledges.
/// </summary>
internal sealed class Consumer : IDisposable
{
    private const int StampBytes = 8;
    private const int AckFrameBytes = 21;

    private readonly Run _run;
    private readonly Connection _connection;
    private readonly bool _stamped;
    private readonly int _ackEvery;
    private readonly byte[] _acks = new byte[AckFrameBytes * 4096];
    private int _acksLength;

    private long _consumed;
    private long _bodyLeft;
    private int _skip;
    private bool _isFirstBody;
    private ulong _lastTag;
    private int _unacked;
    private long _stampNs;

    public Consumer(Run run, int number)
    {
        _run = run;
        Scenario scenario = run.Scenario;
        _stamped = scenario.BodyBytes >= StampBytes;
        _ackEvery = scenario.AutoAck ? int.MaxValue : scenario.MultiAck;
        _connection = Connection.Open(scenario, $"consumer-{number}");
        if (scenario.Prefetch > 0 && !scenario.AutoAck)
        {
            _connection.Call(new FrameWriter().Method(Connection.Channel, 60, 10).Long(0).Short((ushort)scenario.Prefetch).Octet(0).End(), 60, 11);
        }
        _connection.Call(
            new FrameWriter().Method(Connection.Channel, 60, 20).Short(0).ShortString(scenario.QueueName(number))
                .ShortString("").Octet((byte)(scenario.AutoAck ? 2 : 0)).Table().End(),
            60, 21);
    }

    /// <summary>Messages received so far; any thread may read it.</summary>
    public long Consumed => Volatile.Read(ref _consumed);

    /// <summary>From the time in the body to the read that brought the message.</summary>
    public Histogram Latency { get; } = new();

    public void Loop()
    {
        try
        {
            bool counted = _run.Scenario.Count > 0;
            while (true) // until the socket is shut: a broker that is not drained may not get to the producers' goodbye
            {
                long before = _consumed;
                _connection.Consume(Parse(_connection.Buffered, Clock.NowNs()));
                SendAcks();
                if (counted && _consumed > before)
                {
                    _run.Consumed(_consumed - before);
                }
                _connection.Fill();
            }
        }
        catch (Exception e) when (_run.IsStopping && e is not OutOfMemoryException)
        {
            // The run is over and the socket was shut under this thread.
        }
        catch (Exception e)
        {
            _run.Fail(e);
        }
    }

    public void Abort() => _connection.Abort();

    public void Dispose() => _connection.Dispose();

    /// <summary>Handles what is there of the bytes and returns how many are done with.</summary>
    private int Parse(ReadOnlySpan<byte> bytes, long nowNs)
    {
        bool measuring = _run.IsMeasuring;
        long consumed = _consumed;
        int position = 0;
        while (true)
        {
            if (_skip > 0)
            {
                int step = Math.Min(_skip, bytes.Length - position);
                position += step;
                _skip -= step;
                if (_skip > 0)
                {
                    break;
                }
                if (_bodyLeft == 0)
                {
                    consumed++;
                    Complete(measuring, nowNs);
                }
            }
            ReadOnlySpan<byte> frame = bytes[position..];
            if (frame.Length < 8)
            {
                break;
            }
            int size = BinaryPrimitives.ReadInt32BigEndian(frame[3..]);
            byte type = frame[0];
            if (type == 3)
            {
                if (_isFirstBody && _stamped)
                {
                    if (frame.Length < 7 + StampBytes)
                    {
                        break;
                    }
                    _stampNs = BinaryPrimitives.ReadInt64LittleEndian(frame[7..]);
                }
                _isFirstBody = false;
                _bodyLeft -= size;
                _skip = size + 8;
                continue;
            }
            if (frame.Length < size + 8)
            {
                break;
            }
            if (type == 1)
            {
                Method(frame.Slice(7, size));
            }
            else if (type == 2)
            {
                _bodyLeft = BinaryPrimitives.ReadInt64BigEndian(frame[11..]);
                _isFirstBody = true;
                if (_bodyLeft == 0)
                {
                    consumed++;
                    Complete(measuring, nowNs);
                }
            }
            position += size + 8;
        }
        Volatile.Write(ref _consumed, consumed);
        return position;
    }

    private void Method(ReadOnlySpan<byte> method)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(method) != ((60 << 16) | 60))
        {
            throw Connection.Unexpected(method);
        }
        _lastTag = BinaryPrimitives.ReadUInt64BigEndian(method[(5 + method[4])..]);
    }

    private void Complete(bool measuring, long nowNs)
    {
        if (measuring && _stamped)
        {
            Latency.Record(nowNs - _stampNs);
        }
        if (++_unacked >= _ackEvery)
        {
            _unacked = 0;
            AddAck();
        }
    }

    private void AddAck()
    {
        if (_acksLength + AckFrameBytes > _acks.Length)
        {
            SendAcks();
        }
        Span<byte> ack = _acks.AsSpan(_acksLength, AckFrameBytes);
        ack[0] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(ack[1..], Connection.Channel);
        BinaryPrimitives.WriteInt32BigEndian(ack[3..], AckFrameBytes - 8);
        BinaryPrimitives.WriteInt32BigEndian(ack[7..], (60 << 16) | 80);
        BinaryPrimitives.WriteUInt64BigEndian(ack[11..], _lastTag);
        ack[19] = (byte)(_ackEvery > 1 ? 1 : 0);
        ack[20] = 0xCE;
        _acksLength += AckFrameBytes;
    }

    private void SendAcks()
    {
        if (_acksLength > 0)
        {
            _connection.Send(_acks.AsSpan(0, _acksLength));
            _acksLength = 0;
        }
    }
}
