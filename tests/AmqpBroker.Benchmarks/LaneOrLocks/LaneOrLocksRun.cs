using System.Diagnostics;
using AmqpBroker.Core.Lanes;

namespace AmqpBroker.Benchmarks.LaneOrLocks;

/// <summary>The measurement behind decision 0001: one lane against a lock per queue.</summary>
internal static class LaneOrLocksRun
{
    private const int Prefetch = 64;
    private const int FanOutQueues = 4;

    // One key in so many goes to several queues, where there are several.
    private const int FanOutEvery = 16;

    private enum Variant
    {
        Lane,
        Locks,
        LocksNoLog,
    }

    private sealed record Shape(int Connections, int Queues, int Batch, bool Spread, int OutsideRounds);

    private sealed record Result(double PerSecond, double CpuNs, double P50, double P99);

    /// <summary>Arguments: seconds per run (0.25), rounds of outside work per command (0), repetitions (3), --own-keys.</summary>
    public static int Run(string[] args)
    {
        double seconds = Number(args, 0, 0.25);
        int outside = (int)Number(args, 1, 0);
        int repetitions = (int)Number(args, 2, 3);
        bool spread = !args.Contains("--own-keys");
        int[] sizes = [1, 8, 64];
        Console.WriteLine($"outside work: {outside} rounds of {OutsideNs():0} ns per command; keys {(spread ? "spread over all queues" : "of one queue per connection")}; medians of {repetitions} alternated runs of {seconds} s");
        foreach (Variant variant in Enum.GetValues<Variant>())
        {
            Measure(variant, new Shape(8, 8, 64, true, 0), 0.5);
        }
        Console.WriteLine("| connections | queues | batch | k/s lane | locks | locks, no log | CPU ns lane | locks | locks, no log | p50 us lane | locks | p99 us lane | locks | locks, no log |");
        Console.WriteLine("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (int batch in (int[])[1, 64])
        {
            foreach (int connections in sizes)
            {
                foreach (int queues in sizes)
                {
                    Shape shape = new(connections, queues, batch, spread, outside);
                    List<Result>[] all = [[], [], []];
                    for (int i = 0; i < repetitions; i++)
                    {
                        foreach (Variant variant in Enum.GetValues<Variant>())
                        {
                            all[(int)variant].Add(Measure(variant, shape, seconds));
                        }
                    }
                    string Row(Func<Result, double> value, string format, int variants = 3) =>
                        string.Join(" | ", all.Take(variants).Select(r => Median(r.Select(value)).ToString(format)));
                    Console.WriteLine($"| {connections} | {queues} | {batch} | {Row(r => r.PerSecond / 1000, "0")} | {Row(r => r.CpuNs, "0")} | {Row(r => r.P50, "0.0", 2)} | {Row(r => r.P99, "0.0")} |");
                }
            }
        }
        return 0;
    }

    private static double Number(string[] args, int index, double otherwise)
    {
        string[] numbers = [.. args.Where(a => !a.StartsWith('-'))];
        return index < numbers.Length ? double.Parse(numbers[index]) : otherwise;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static Result Measure(Variant variant, Shape shape, double seconds) => variant switch
    {
        Variant.Lane => Measure(new BenchBroker<InLane>(), shape, seconds, LanePoster),
        Variant.Locks => Measure(new BenchBroker<WithLocks>(), shape, seconds, LockPoster),
        _ => Measure(new BenchBroker<WithLocksNoLog>(), shape, seconds, LockPoster),
    };

    private static Result Measure<TSync>(
        BenchBroker<TSync> broker, Shape shape, double seconds, Func<BenchBroker<TSync>, int, Func<Connection, bool>> poster)
        where TSync : struct, ISync
    {
        BenchQueue[] queues = [.. Enumerable.Range(0, shape.Queues).Select(i => new BenchQueue(i))];
        int consumersPerSession = Math.Max(1, shape.Queues / shape.Connections);
        int unacked = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(consumersPerSession * Prefetch * 2));
        BenchSession[] sessions = [.. Enumerable.Range(0, shape.Connections).Select(i => new BenchSession(i, unacked))];
        for (int i = 0; i < Math.Max(shape.Queues, shape.Connections); i++)
        {
            BenchQueue queue = queues[i % shape.Queues];
            queue.Consumers.Add(new BenchConsumer(sessions[i % shape.Connections], queue, Prefetch));
        }
        string[] keys = [.. queues.Select(q => $"orders.queue.{q.Id}")];
        for (int i = 0; i < keys.Length; i++)
        {
            broker.Bind(keys[i], queues[i]);
        }
        using RunState run = new(shape.Connections);
        Func<Connection, bool> post = poster(broker, shape.Connections);
        Connection[] connections = [.. sessions.Select(s => new Connection(
            post, run, s, KeysOf(s.Id, shape, keys, queues, broker), s.Id, shape.Batch, shape.OutsideRounds))];
        foreach (Connection connection in connections)
        {
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
        }
        Thread.Sleep(150); // waits because a warm-up is a matter of time
        GC.Collect();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        run.IsMeasuring = true;
        Thread.Sleep(TimeSpan.FromSeconds(seconds)); // waits because it measures for a time
        run.IsMeasuring = false;
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        run.IsOver = true;
        run.WaitForEnd();
        long commands = connections.Sum(c => c.Commands);
        return new Result(
            commands / elapsed,
            cpu.TotalNanoseconds / commands,
            Histogram.Microseconds(connections.Select(c => c.Latency), 0.5),
            Histogram.Microseconds(connections.Select(c => c.Latency), 0.99));
    }

    // The keys a connection publishes with, in turn; one in sixteen fans out to four queues.
    private static string[] KeysOf<TSync>(int session, Shape shape, string[] keys, BenchQueue[] queues, BenchBroker<TSync> broker)
        where TSync : struct, ISync
    {
        string[] own = shape.Spread ? keys : [keys[session % keys.Length]];
        if (queues.Length < FanOutQueues)
        {
            return own;
        }
        int first = session % (queues.Length - FanOutQueues + 1);
        string fanOut = $"events.fanout.{first}";
        broker.Bind(fanOut, queues[first..(first + FanOutQueues)]);
        List<string> all = [];
        for (int i = 0; i < Math.Max(FanOutEvery, own.Length); i++)
        {
            all.Add(i % FanOutEvery == 0 ? fanOut : own[i % own.Length]);
        }
        return [.. all];
    }

    private static Func<Connection, bool> LockPoster<TSync>(BenchBroker<TSync> broker, int connections)
        where TSync : struct, ISync
    {
        ThreadLocal<TouchedSessions> touchedOfThread = new(() => new TouchedSessions(connections));
        return connection =>
        {
            TouchedSessions touched = touchedOfThread.Value!;
            broker.Run(connection.Batch, connection.Session, touched);
            foreach (BenchSession session in touched.List)
            {
                TSync.Enter(session.Gate);
                session.Seal();
                TSync.Exit(session.Gate);
                session.Flush();
            }
            touched.Clear();
            return true;
        };
    }

    private static Func<Connection, bool> LanePoster(BenchBroker<InLane> broker, int connections)
    {
        Host host = new(connections);
        Lane lane = new(host, new LaneOptions());
        return connection =>
        {
            connection.Work ??= new Work(connection, broker, host);
            return lane.Post(connection.Work);
        };
    }

    private static double OutsideNs()
    {
        byte[] body = new byte[1024];
        int sum = 0;
        for (int i = 0; i < 100_000; i++)
        {
            sum += (int)System.IO.Hashing.XxHash32.HashToUInt32(body);
        }
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < 1_000_000; i++)
        {
            sum += (int)System.IO.Hashing.XxHash32.HashToUInt32(body);
        }
        GC.KeepAlive(sum);
        return (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / 1_000_000;
    }

    private sealed class Work(Connection connection, BenchBroker<InLane> broker, Host host) : LaneWork
    {
        public override void Execute() => broker.Run(connection.Batch, connection.Session, host.Touched);

        public override void Completed() => connection.Completed();
    }

    private sealed class Host(int sessions) : ILaneHost
    {
        private readonly Stack<Effects> _pool = new();
        private Effects _current = null!;

        public TouchedSessions Touched => _current.Touched;

        public void BeginTurn()
        {
            lock (_pool)
            {
                _current = _pool.TryPop(out Effects? effects) ? effects : new Effects(this, sessions);
            }
        }

        public TurnEffects? EndTurn()
        {
            foreach (BenchSession session in _current.Touched.List)
            {
                session.Seal();
            }
            return _current;
        }

        public void GiveBack(Effects effects)
        {
            lock (_pool)
            {
                _pool.Push(effects);
            }
        }

        public void OnFault(LaneWork? work, Exception exception) => throw exception;
    }

    private sealed class Effects(Host host, int sessions) : TurnEffects
    {
        public readonly TouchedSessions Touched = new(sessions);

        public override void Flush()
        {
            foreach (BenchSession session in Touched.List)
            {
                session.Flush();
            }
            Touched.Clear();
            host.GiveBack(this);
        }
    }
}
