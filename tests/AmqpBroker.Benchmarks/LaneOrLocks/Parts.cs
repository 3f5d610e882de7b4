using System.Buffers.Binary;

namespace AmqpBroker.Benchmarks.LaneOrLocks;

internal struct Message
{
    public byte[] Body;
    public string Key;
    public long Position;
}

internal struct Unacked
{
    public BenchConsumer Consumer;
    public Message Message;
}

internal struct Command
{
    /// <summary>Null for an ack.</summary>
    public string? Key;
    public byte[] Body;
    public long Tag;
}

/// <summary>A queue: a ring of messages, consumers in turn.</summary>
internal sealed class BenchQueue(int id)
{
    private const int Capacity = 4096;
    private readonly Message[] _ring = new Message[Capacity];
    private long _head;
    private long _tail;
    private int _turn;

    public readonly int Id = id;
    public readonly Lock Gate = new();
    public readonly List<BenchConsumer> Consumers = [];

    public void Enqueue(in Message message)
    {
        if (_tail - _head == Capacity)
        {
            _head++; // overflow: the oldest goes, as with max-length
        }
        _ring[_tail++ & (Capacity - 1)] = message;
    }

    public bool TryNext(out BenchConsumer consumer, out Message message)
    {
        if (_head < _tail)
        {
            for (int i = 0; i < Consumers.Count; i++)
            {
                _turn = _turn + 1 >= Consumers.Count ? 0 : _turn + 1;
                consumer = Consumers[_turn];
                if (consumer.Credit > 0)
                {
                    message = _ring[_head & (Capacity - 1)];
                    _ring[_head++ & (Capacity - 1)] = default;
                    return true;
                }
            }
        }
        consumer = null!;
        message = default;
        return false;
    }
}

internal sealed class BenchConsumer(BenchSession session, BenchQueue queue, int prefetch)
{
    public readonly BenchSession Session = session;
    public readonly BenchQueue Queue = queue;
    public int Credit = prefetch;
}

/// <summary>Encoded deliveries on their way to one session's socket.</summary>
internal sealed class Chunk
{
    public readonly byte[] Frames = new byte[256 * 1024];
    public readonly List<byte[]> Bodies = new(1024);
    public int Length;
    public long LastTag;
}

/// <summary>One connection's channel as the core sees it: unacked ring and outbound chunk.</summary>
internal sealed class BenchSession(int id, int unackedCapacity)
{
    private const int DeliverBytes = 96;
    private readonly Unacked[] _unacked = new Unacked[unackedCapacity];
    private readonly Queue<Chunk> _sealed = new();
    private readonly Stack<Chunk> _spare = new();
    private readonly byte[] _sink = new byte[4096];
    private Chunk _open = new();
    private long _nextTag = 1;
    private long _flushedTag;

    public readonly int Id = id;
    public readonly Lock Gate = new();
    public readonly Lock FlushGate = new();
    public bool Touched;

    /// <summary>The newest tag that "the client has read".</summary>
    public long FlushedTag => Volatile.Read(ref _flushedTag);

    public ref Unacked At(long tag) => ref _unacked[tag & (_unacked.Length - 1)];

    /// <summary>Assigns the tag, remembers the message, writes basic.deliver and the content header.</summary>
    public void Deliver(BenchConsumer consumer, in Message message)
    {
        long tag = _nextTag++;
        ref Unacked unacked = ref At(tag);
        unacked.Consumer = consumer;
        unacked.Message = message;
        Chunk chunk = _open;
        if (chunk.Length + DeliverBytes > chunk.Frames.Length)
        {
            Seal();
            chunk = _open;
        }
        Span<byte> frame = chunk.Frames.AsSpan(chunk.Length, DeliverBytes);
        frame[0] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(frame[1..], 1);
        BinaryPrimitives.WriteInt32BigEndian(frame[3..], 60);
        BinaryPrimitives.WriteInt32BigEndian(frame[7..], 0x3c003c);
        BinaryPrimitives.WriteInt64BigEndian(frame[11..], tag);
        frame[19] = (byte)message.Key.Length;
        int written = System.Text.Encoding.ASCII.GetBytes(message.Key, frame[20..]);
        BinaryPrimitives.WriteInt64BigEndian(frame[(20 + written)..], message.Body.Length);
        frame[DeliverBytes - 1] = 0xce;
        chunk.Length += DeliverBytes;
        chunk.Bodies.Add(message.Body);
        chunk.LastTag = tag;
    }

    /// <summary>Closes the open chunk for the flush; guarded by the lane or by <see cref="Gate"/>.</summary>
    public void Seal()
    {
        if (_open.Length == 0)
        {
            return;
        }
        lock (_sealed)
        {
            _sealed.Enqueue(_open);
            _open = _spare.TryPop(out Chunk? spare) ? spare : new Chunk();
        }
    }

    /// <summary>Stands for the send: reads what was sealed, in order.</summary>
    public void Flush()
    {
        lock (FlushGate)
        {
            while (true)
            {
                Chunk? chunk;
                lock (_sealed)
                {
                    if (!_sealed.TryDequeue(out chunk))
                    {
                        return;
                    }
                }
                for (int at = 0; at < chunk.Length; at += _sink.Length)
                {
                    chunk.Frames.AsSpan(at, Math.Min(_sink.Length, chunk.Length - at)).CopyTo(_sink);
                }
                Volatile.Write(ref _flushedTag, chunk.LastTag);
                chunk.Length = 0;
                chunk.Bodies.Clear();
                lock (_sealed)
                {
                    _spare.Push(chunk);
                }
            }
        }
    }
}
