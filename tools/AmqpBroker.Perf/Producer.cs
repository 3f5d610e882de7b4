using System.Buffers.Binary;
using System.Numerics;

namespace AmqpBroker.Perf;

/// <summary>
/// Publishes pre-encoded messages in batches over one connection and reads its confirms, on one thread. With a rate,
/// each message carries the time at which it was due, so that a stall of the broker shows in the latency of all the
/// messages that had to wait for it.
/// </summary>
internal sealed class Producer : IDisposable
{
    private const int BatchBytes = 128 * 1024;
    private const int StampBytes = 8;

    private readonly Run _run;
    private readonly Connection _connection;
    private readonly int _window;
    // Messages one behind the other, and where each begins: all alike, or with --spread one for each queue.
    private readonly byte[] _messages;
    private readonly int[] _starts;
    private readonly int _batchMessages;
    private readonly int _stampFromEnd;
    private int _next;

    // Times of the unconfirmed by confirm number; 0: confirmed. Larger than the window, as confirms may come out of order.
    private readonly long[] _sentNs;
    private long _sent;
    private long _confirmed;
    private long _lowestUnconfirmed = 1;

    public Producer(Run run, int number)
    {
        _run = run;
        Scenario scenario = run.Scenario;
        _connection = Connection.Open(scenario, $"producer-{number}");
        _window = scenario.ConfirmWindow;
        _sentNs = new long[_window == 0 ? 1 : BitOperations.RoundUpToPowerOf2((uint)_window * 4)];
        if (_window > 0)
        {
            _connection.Call(new FrameWriter().Method(Connection.Channel, 85, 10).Octet(0).End(), 85, 11);
        }
        byte[][] encoded = Encode(scenario, number, _connection.FrameMax, out _stampFromEnd);
        _batchMessages = Math.Clamp(BatchBytes / encoded[0].Length, 1, _window == 0 ? int.MaxValue : _window);
        if (!scenario.Spread)
        {
            encoded = [.. Enumerable.Repeat(encoded[0], _batchMessages)];
        }
        _messages = [.. encoded.SelectMany(m => m)];
        _starts = new int[encoded.Length + 1];
        for (int i = 0; i < encoded.Length; i++)
        {
            _starts[i + 1] = _starts[i] + encoded[i].Length;
        }
    }

    /// <summary>Messages written to the socket so far; any thread may read it.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Messages confirmed so far; any thread may read it.</summary>
    public long Confirmed => Volatile.Read(ref _confirmed);

    /// <summary>Messages that the broker refused with basic.nack.</summary>
    public long Refused { get; private set; }

    /// <summary>From the send, or the time it was due, to the confirm.</summary>
    public Histogram ConfirmLatency { get; } = new();

    public void Loop()
    {
        try
        {
            if (_run.Scenario.Rate > 0)
            {
                PublishAtRate();
            }
            else
            {
                Publish();
            }
            while (_window > 0 && _confirmed < _sent && _run.Scenario.Count > 0 && !_run.IsStopping)
            {
                ReadConfirms();
            }
            _run.ProducerDone();
            _connection.Close();
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

    private void Publish()
    {
        while (!_run.IsStopping)
        {
            int count = Allowed();
            if (count > 0)
            {
                SendBatch(count, Clock.NowNs(), 0);
            }
            else if (_sent == Target)
            {
                return;
            }
            if (count == 0 || _connection.IsReadable())
            {
                ReadConfirms();
            }
        }
    }

    private void PublishAtRate()
    {
        Clock.AskForExactTimers();
        double intervalNs = 1e9 / _run.Scenario.Rate;
        long startNs = Clock.NowNs();
        while (!_run.IsStopping && _sent < Target)
        {
            long due = (long)((Clock.NowNs() - startNs) / intervalNs) + 1 - _sent;
            int allowed = Allowed();
            if (due > 0 && allowed > 0)
            {
                SendBatch((int)Math.Min(due, allowed), startNs + (long)(_sent * intervalNs), intervalNs);
            }
            else if (allowed == 0 || Clock.WaitReadable(_connection, startNs + (long)Math.Ceiling(_sent * intervalNs)))
            {
                ReadConfirms();
            }
        }
    }

    private long Target => _run.Scenario.Count > 0 ? _run.Scenario.Count : long.MaxValue;

    private int Allowed()
    {
        long allowed = Math.Min(_batchMessages, Target - _sent);
        if (_window > 0)
        {
            allowed = Math.Min(allowed, _window - (_sent - _confirmed));
            allowed = Math.Min(allowed, _sentNs.Length - 1 - (_sent - _lowestUnconfirmed + 1));
        }
        return (int)Math.Min(allowed, _starts.Length - 1 - _next);
    }

    private void SendBatch(int count, long firstNs, double intervalNs)
    {
        for (int i = 0; i < count; i++)
        {
            long stampNs = firstNs + (long)(i * intervalNs);
            if (_stampFromEnd > 0)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_messages.AsSpan(_starts[_next + i + 1] - _stampFromEnd), stampNs);
            }
            _sentNs[(_sent + 1 + i) & (_sentNs.Length - 1)] = stampNs;
        }
        _connection.Send(_messages.AsSpan(_starts[_next].._starts[_next + count]));
        _next = _run.Scenario.Spread ? (_next + count) % (_starts.Length - 1) : 0;
        Volatile.Write(ref _sent, _sent + count);
    }

    private void ReadConfirms()
    {
        _connection.Fill();
        long nowNs = Clock.NowNs();
        ReadOnlySpan<byte> bytes = _connection.Buffered;
        int position = 0;
        while (bytes.Length - position >= 8)
        {
            ReadOnlySpan<byte> frame = bytes[position..];
            int frameBytes = BinaryPrimitives.ReadInt32BigEndian(frame[3..]) + 8;
            if (frame.Length < frameBytes)
            {
                break;
            }
            if (frame[0] == 1)
            {
                Handle(frame[7..(frameBytes - 1)], nowNs);
            }
            position += frameBytes;
        }
        _connection.Consume(position);
    }

    private void Handle(ReadOnlySpan<byte> method, long nowNs)
    {
        uint id = BinaryPrimitives.ReadUInt32BigEndian(method);
        switch (id)
        {
            case (60 << 16) | 80:
            case (60 << 16) | 120:
                long tag = BinaryPrimitives.ReadInt64BigEndian(method[4..]);
                bool multiple = (method[12] & 1) != 0;
                long before = _confirmed;
                Settle(multiple ? _lowestUnconfirmed : tag, tag, nowNs);
                Refused += (id & 0xFFFF) == 120 ? _confirmed - before : 0;
                break;
            case (10 << 16) | 60: // connection.blocked: the socket holds us back by itself
            case (10 << 16) | 61:
                break;
            default:
                throw Connection.Unexpected(method);
        }
    }

    private void Settle(long from, long to, long nowNs)
    {
        if (to > _sent)
        {
            throw new AmqpException($"confirm {to} for a message that was never sent ({_sent} were)");
        }
        bool measuring = _run.IsMeasuring;
        long settled = 0;
        int mask = _sentNs.Length - 1;
        for (long tag = Math.Max(from, _lowestUnconfirmed); tag <= to; tag++)
        {
            ref long sentNs = ref _sentNs[tag & mask];
            if (sentNs != 0)
            {
                settled++;
                if (measuring)
                {
                    ConfirmLatency.Record(nowNs - sentNs);
                }
                sentNs = 0;
            }
        }
        while (_lowestUnconfirmed <= _sent && _sentNs[_lowestUnconfirmed & mask] == 0)
        {
            _lowestUnconfirmed++;
        }
        Volatile.Write(ref _confirmed, _confirmed + settled);
    }

    /// <summary>The message for the producer's queue, or with --spread one for each.</summary>
    private static byte[][] Encode(Scenario scenario, int number, int frameMax, out int stampFromEnd)
    {
        int count = scenario.Spread ? scenario.Queues : 1;
        byte[][] messages = new byte[count][];
        stampFromEnd = 0;
        for (int i = 0; i < count; i++)
        {
            FrameWriter message = Encode(scenario, scenario.QueueName(number + i), frameMax, out int stampOffset);
            messages[i] = message.Written.ToArray();
            stampFromEnd = stampOffset == 0 ? 0 : message.Length - stampOffset;
        }
        return messages;
    }

    private static FrameWriter Encode(Scenario scenario, string routingKey, int frameMax, out int stampOffset)
    {
        FrameWriter writer = new FrameWriter().Method(Connection.Channel, 60, 40)
            .Short(0).ShortString(scenario.ExchangeName).ShortString(routingKey).Octet(0).End();

        bool headers = scenario.ExchangeType == "headers";
        writer.Frame(2, Connection.Channel).Short(60).Short(0).LongLong((ulong)scenario.BodyBytes)
            .Short((ushort)((headers ? 0x2000 : 0) | (scenario.Persistent ? 0x1000 : 0)));
        if (headers)
        {
            writer.Table((Topology.HeaderKey, routingKey));
        }
        if (scenario.Persistent)
        {
            writer.Octet(2);
        }
        writer.End();

        stampOffset = scenario.BodyBytes >= StampBytes ? writer.Length + 7 : 0;
        byte[] payload = new byte[Math.Min(scenario.BodyBytes, frameMax - 8)];
        for (int left = scenario.BodyBytes; left > 0; left -= Math.Min(left, payload.Length))
        {
            writer.Frame(3, Connection.Channel).Bytes(payload.AsSpan(0, Math.Min(left, payload.Length))).End();
        }
        return writer;
    }
}
