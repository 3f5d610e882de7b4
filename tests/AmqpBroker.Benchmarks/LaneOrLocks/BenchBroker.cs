using System.Buffers.Binary;

namespace AmqpBroker.Benchmarks.LaneOrLocks;

/// <summary>
/// Enough of a broker to weigh its guards: route by dictionary, ring per queue, prefetch, unacked, deliver frames,
/// a log record per publish and ack. One source for all variants; <typeparamref name="TSync"/> says what is locked.
/// Lock order: queues by id, then log, then session.
/// </summary>
internal sealed class BenchBroker<TSync>
    where TSync : struct, ISync
{
    private const int RecordBytes = 40;
    private readonly Dictionary<string, BenchQueue[]> _bindings = [];
    private readonly Lock _logGate = new();
    private readonly byte[] _log = new byte[64 * 1024];
    private long _position;

    public void Bind(string key, params BenchQueue[] queues) => _bindings[key] = [.. queues.OrderBy(q => q.Id)];

    /// <summary>Runs a batch; a queue's lock is kept while the next command goes to the same queue.</summary>
    public void Run(ReadOnlySpan<Command> batch, BenchSession session, TouchedSessions touched)
    {
        BenchQueue? held = null;
        foreach (ref readonly Command command in batch)
        {
            if (command.Key is null)
            {
                ref Unacked unacked = ref session.At(command.Tag);
                BenchConsumer consumer = unacked.Consumer;
                unacked = default;
                Hold(ref held, consumer.Queue);
                Log(command.Tag, 0);
                consumer.Credit++;
                Pump(consumer.Queue, touched);
                continue;
            }
            BenchQueue[] queues = _bindings[command.Key];
            Message message = new() { Body = command.Body, Key = command.Key };
            if (queues.Length == 1)
            {
                Hold(ref held, queues[0]);
                message.Position = Log(command.Body.Length, 1);
                queues[0].Enqueue(message);
                Pump(queues[0], touched);
            }
            else
            {
                Hold(ref held, null);
                PublishToMany(queues, ref message, touched);
            }
        }
        Hold(ref held, null);
    }

    // All or nothing to every observer: all queues are held, in the order of their ids.
    private void PublishToMany(BenchQueue[] queues, ref Message message, TouchedSessions touched)
    {
        foreach (BenchQueue queue in queues)
        {
            TSync.Enter(queue.Gate);
        }
        message.Position = Log(message.Body.Length, queues.Length);
        foreach (BenchQueue queue in queues)
        {
            queue.Enqueue(message);
            Pump(queue, touched);
        }
        foreach (BenchQueue queue in queues)
        {
            TSync.Exit(queue.Gate);
        }
    }

    private static void Hold(ref BenchQueue? held, BenchQueue? wanted)
    {
        if (ReferenceEquals(held, wanted))
        {
            return;
        }
        if (held is not null)
        {
            TSync.Exit(held.Gate);
        }
        if (wanted is not null)
        {
            TSync.Enter(wanted.Gate);
        }
        held = wanted;
    }

    private static void Pump(BenchQueue queue, TouchedSessions touched)
    {
        while (queue.TryNext(out BenchConsumer consumer, out Message message))
        {
            consumer.Credit--;
            TSync.Enter(consumer.Session.Gate);
            consumer.Session.Deliver(consumer, message);
            TSync.Exit(consumer.Session.Gate);
            touched.Add(consumer.Session);
        }
    }

    private long Log(long value, int kind)
    {
        if (!TSync.SharedLog)
        {
            return value;
        }
        TSync.Enter(_logGate);
        long position = _position;
        Span<byte> record = _log.AsSpan((int)(position % (_log.Length - RecordBytes)), RecordBytes);
        BinaryPrimitives.WriteInt64LittleEndian(record, position);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], value);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], kind);
        record[20..].Clear();
        _position = position + RecordBytes;
        TSync.Exit(_logGate);
        return position;
    }
}

/// <summary>The sessions that a batch or a turn delivered to, each once.</summary>
internal sealed class TouchedSessions(int sessions)
{
    private readonly bool[] _seen = new bool[sessions];

    public readonly List<BenchSession> List = new(sessions);

    public void Add(BenchSession session)
    {
        if (!_seen[session.Id])
        {
            _seen[session.Id] = true;
            List.Add(session);
        }
    }

    public void Clear()
    {
        foreach (BenchSession session in List)
        {
            _seen[session.Id] = false;
        }
        List.Clear();
    }
}
