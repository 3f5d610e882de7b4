using System.Diagnostics;

namespace AmqpBroker.Benchmarks;

/// <summary>
/// What this machine's elementary steps cost, so that figures of different machines and days can be set against each
/// other: the clock, a reference count, 1 KB copied and checksummed, the pool's hop. CPU time, best of several rounds.
/// </summary>
internal static class Calibration
{
    private const int Rounds = 7;
    private static long s_sink;

    public static int Run()
    {
        byte[] from = new byte[1024];
        byte[] to = new byte[1024];
        Random.Shared.NextBytes(from);
        byte[] cold = new byte[256 << 20];
        int references = 0;
        Console.WriteLine("| step | ns |");
        Console.WriteLine("|---|--:|");
        Row("Stopwatch.GetTimestamp", 2_000_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                s_sink += Stopwatch.GetTimestamp();
            }
        });
        Row("Interlocked increment and decrement", 5_000_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                Interlocked.Increment(ref references);
                Interlocked.Decrement(ref references);
            }
        });
        Row("copy 1 KB, in cache", 5_000_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                from.CopyTo(to, 0);
            }
        });
        Row("copy 1 KB to memory not in cache", 250_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                from.CopyTo(cold, (int)((long)i * 1024 % cold.Length));
            }
        });
        Row("XxHash3 of 1 KB", 2_000_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                s_sink += (long)System.IO.Hashing.XxHash3.HashToUInt64(from);
            }
        });
        Row("Crc32 of 1 KB", 1_000_000, n =>
        {
            for (int i = 0; i < n; i++)
            {
                s_sink += System.IO.Hashing.Crc32.HashToUInt32(from);
            }
        });
        Row("item through the thread pool, no wake-up", 100_000, n =>
        {
            using Hop hop = new(n);
            ThreadPool.UnsafeQueueUserWorkItem(hop, preferLocal: false);
            hop.Done.Wait();
        });
        return 0;
    }

    private static void Row(string step, int count, Action<int> run)
    {
        run(count / 10);
        double best = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            run(count);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / count);
        }
        Console.WriteLine($"| {step} | {best:0.0} |");
    }

    private sealed class Hop(int count) : IThreadPoolWorkItem, IDisposable
    {
        private int _left = count;

        public ManualResetEventSlim Done { get; } = new();

        public void Execute()
        {
            if (--_left == 0)
            {
                Done.Set();
                return;
            }
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        public void Dispose() => Done.Dispose();
    }
}
