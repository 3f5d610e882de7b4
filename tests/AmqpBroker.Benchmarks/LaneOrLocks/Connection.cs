using System.Diagnostics;
using AmqpBroker.Core.Lanes;

namespace AmqpBroker.Benchmarks.LaneOrLocks;

/// <summary>
/// A read loop on the pool: makes a batch (what a client would have sent), brings it to the broker, and goes on when
/// it has run. Acks of what was flushed to it come first, publishes fill the rest.
/// </summary>
internal sealed class Connection : IThreadPoolWorkItem
{
    private const int CommandsPerRun = 64;
    private readonly Func<Connection, bool> _post;
    private readonly RunState _run;
    private readonly string[] _keys;
    private readonly Command[] _commands;
    private readonly byte[][] _bodies;
    private readonly byte[] _received = new byte[1024];
    private readonly int _outsideRounds;
    private int _key;
    private int _body;
    private long _ackedTag;
    private long _postedAt;

    public Connection(Func<Connection, bool> post, RunState run, BenchSession session, string[] keys, int firstKey, int batch, int outsideRounds)
    {
        _post = post;
        _run = run;
        Session = session;
        _keys = keys;
        _key = firstKey;
        _commands = new Command[batch];
        _outsideRounds = outsideRounds;
        _bodies = [.. Enumerable.Range(0, 256).Select(_ => new byte[1024])];
    }

    public BenchSession Session { get; }

    /// <summary>The connection as the lane variant posts it; null in the others.</summary>
    public LaneWork? Work { get; set; }

    public int Count { get; private set; }

    public long Commands { get; private set; }

    public Histogram Latency { get; } = new();

    public ReadOnlySpan<Command> Batch => _commands.AsSpan(0, Count);

    public void Execute()
    {
        for (int i = 0; i < CommandsPerRun; i += _commands.Length)
        {
            if (_run.IsOver)
            {
                _run.ConnectionEnded();
                return;
            }
            MakeBatch();
            _postedAt = Stopwatch.GetTimestamp();
            if (!_post(this))
            {
                return;
            }
            BatchDone();
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>The holder of the lane ran the batch: the read loop goes on.</summary>
    public void Completed()
    {
        BatchDone();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void BatchDone()
    {
        if (_run.IsMeasuring)
        {
            Latency.Add(Stopwatch.GetTimestamp() - _postedAt);
            Commands += Count;
        }
    }

    private void MakeBatch()
    {
        int count = 0;
        long flushed = Session.FlushedTag;
        while (count < _commands.Length && _ackedTag < flushed)
        {
            _commands[count++] = new Command { Tag = ++_ackedTag };
        }
        for (int published = 0; count < _commands.Length && published < (_commands.Length + 1) / 2; published++)
        {
            byte[] body = _bodies[_body++ & 255];
            _received.CopyTo(body, 0);
            if (++_key >= _keys.Length)
            {
                _key = 0;
            }
            _commands[count++] = new Command { Key = _keys[_key], Body = body };
        }
        Count = count;
        Outside(count);
    }

    // Decoding, encoding, checksums: work of the connection's own that no variant guards.
    private void Outside(int count)
    {
        for (int i = 0; i < count * _outsideRounds; i++)
        {
            _run.Sum += (int)System.IO.Hashing.XxHash32.HashToUInt32(_received);
        }
    }
}

/// <summary>Begin, end and stop of one run.</summary>
internal sealed class RunState(int connections) : IDisposable
{
    private readonly CountdownEvent _ended = new(connections);

    public volatile bool IsMeasuring;
    public volatile bool IsOver;
    public int Sum;

    public void ConnectionEnded() => _ended.Signal();

    public void WaitForEnd() => _ended.Wait();

    public void Dispose() => _ended.Dispose();
}

/// <summary>Durations in classes of a sixteenth of a power of two.</summary>
internal sealed class Histogram
{
    private readonly long[] _counts = new long[64 * 16];

    public void Add(long ticks)
    {
        int power = 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(16, ticks));
        _counts[power * 16 + (int)((Math.Max(16, ticks) >> (power - 4)) & 15)]++;
    }

    public static double Microseconds(IEnumerable<Histogram> all, double part)
    {
        long[] sum = new long[64 * 16];
        foreach (Histogram one in all)
        {
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += one._counts[i];
            }
        }
        long rest = (long)(sum.Sum() * part);
        for (int i = 0; i < sum.Length; i++)
        {
            rest -= sum[i];
            if (rest < 0)
            {
                double ticks = (double)(16 + (i & 15) + 1) * Math.Pow(2, i / 16 - 4);
                return ticks * 1e6 / Stopwatch.Frequency;
            }
        }
        return double.NaN;
    }
}
