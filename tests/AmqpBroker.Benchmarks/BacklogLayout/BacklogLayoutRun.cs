using System.Diagnostics;

namespace AmqpBroker.Benchmarks.BacklogLayout;

/// <summary>The measurement behind decision 0003: shared body files or segment files per queue.</summary>
internal static class BacklogLayoutRun
{
    /// <summary>Arguments: megabytes of the growth scenarios (1024), the folder to work in (the system's temporary one), part of a layout's name (all).</summary>
    public static int Run(string[] args)
    {
        int megabytes = args.Length > 0 ? int.Parse(args[0]) : 1024;
        string root = args.Length > 1 ? args[1] : Path.GetTempPath();
        if (args.Length > 2)
        {
            s_layouts = [.. s_layouts.Where(l => l.Name.Contains(args[2], StringComparison.Ordinal))];
        }
        Commits(root, overwrite: false);
        Commits(root, overwrite: true);
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Null); // once through everything, so that no figure holds the compiler's time
        foreach ((_, Func<SpikeDisk, int, Layout> create) in s_layouts)
        {
            Backlog("", create, root, 4, 128 * 1024);
            FanOut("", create, root, 200);
        }
        Console.SetOut(console);
        Console.WriteLine("| scenario | layout | messages | MB of bodies | MB written | written / bodies | MB read | from the device | reads | syncs | seconds | of it syncs | commit p50 / p99 ms | CPU us per message | MB on disk: peak | at the end |");
        Console.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (int queues in (int[])[1, 10, 100])
        {
            foreach ((string name, Func<SpikeDisk, int, Layout> create) in s_layouts)
            {
                Backlog(name, create, root, queues, megabytes * 1024);
            }
        }
        foreach ((string name, Func<SpikeDisk, int, Layout> create) in s_layouts)
        {
            FanOut(name, create, root, megabytes * 10);
        }
        return 0;
    }

    private static (string Name, Func<SpikeDisk, int, Layout> Create)[] s_layouts =
    [
        ("A shared, zeroed", (disk, queues) => new SharedBodyFiles(disk, queues, zeroFirst: true, tuned: false)),
        ("A shared, appended", (disk, queues) => new SharedBodyFiles(disk, queues, zeroFirst: false, tuned: false)),
        ("A shared, tuned", (disk, queues) => new SharedBodyFiles(disk, queues, zeroFirst: false, tuned: true)),
        ("B per queue", (disk, queues) => new SegmentsPerQueue(disk, queues)),
    ];

    // A lone publisher's commits: into a file that grows, or over zeroes written and synced before.
    private static void Commits(string root, bool overwrite)
    {
        const int Count = 400;
        using SpikeDisk disk = new(Path.Combine(root, $"backlog-layout-{Environment.ProcessId}"));
        SpikeFile file = disk.Create();
        byte[] batch = new byte[4096];
        if (overwrite)
        {
            for (int i = 0; i < Count; i++)
            {
                file.Write(batch, i * batch.Length);
            }
            file.Sync();
        }
        Random.Shared.NextBytes(batch);
        List<double> seconds = [];
        for (int i = 0; i < Count; i++)
        {
            file.Write(batch, i * batch.Length);
            seconds.Add(file.Sync());
        }
        seconds.Sort();
        Console.WriteLine($"commits of 4 KB, {(overwrite ? "over synced zeroes" : "appended")}: p50 {seconds[Count / 2] * 1e6:0} us, p99 {seconds[Count * 99 / 100] * 1e6:0} us");
    }

    private static long DeviceReads() =>
        long.Parse(File.ReadLines("/proc/self/io").First(l => l.StartsWith("read_bytes")).Split(' ')[1]);

    private static void Backlog(string name, Func<SpikeDisk, int, Layout> create, string root, int queues, int messages)
    {
        using SpikeDisk disk = new(Path.Combine(root, $"backlog-layout-{Environment.ProcessId}"));
        Layout layout = null!;
        Measure($"growth, {queues} queues", name, disk, messages, () => layout, () =>
        {
            layout = create(disk, queues);
            for (int i = 0; i < messages; i++)
            {
                layout.Publish(i % queues, 1);
            }
            layout.MoveAllOut();
            layout.Checkpoint();
        });
        disk.MakeCold();
        int[] heads = new int[queues];
        if (queues > 1)
        {
            Measure($"drain 1 of {queues}, cold", name, disk, messages / queues, null, () => DrainAll(layout, heads, 0, 1));
            disk.MakeCold();
        }
        Random random = new(1);
        Measure("expiry of random 50 %", name, disk, messages, null, () => layout.Expire(0.5, random));
        Measure("to 30 % left", name, disk, messages, null, () => layout.Expire(0.4, random));
        disk.MakeCold();
        if (queues > 1)
        {
            Measure("drain all but the last", name, disk, messages * 3 / 10, null, () =>
            {
                DrainAll(layout, heads, 1, queues - 1);
                layout.CopySparse();
            });
            disk.MakeCold();
        }
        Measure("drain the rest", name, disk, messages * 3 / 10 / queues, null, () => DrainAll(layout, heads, queues - 1, queues));
    }

    private static void FanOut(string name, Func<SpikeDisk, int, Layout> create, string root, int messages)
    {
        const int Queues = 100;
        using SpikeDisk disk = new(Path.Combine(root, $"backlog-layout-{Environment.ProcessId}"));
        Layout layout = null!;
        Measure("fan-out to 100", name, disk, messages, () => layout, () =>
        {
            layout = create(disk, Queues);
            for (int i = 0; i < messages; i++)
            {
                layout.Publish(0, Queues);
            }
            layout.MoveAllOut();
            layout.Checkpoint();
        });
        disk.MakeCold();
        int[] heads = new int[Queues];
        Measure("fan-out: drain 99 in step", name, disk, messages * 99, null, () => DrainAll(layout, heads, 0, 99));
        Measure("fan-out: drain the last", name, disk, messages, null, () => DrainAll(layout, heads, 99, 100));
    }

    // All queues of the range, a window each in turn, as with a consumer on each.
    private static void DrainAll(Layout layout, int[] heads, int first, int end)
    {
        bool more = true;
        while (more)
        {
            more = false;
            for (int q = first; q < end; q++)
            {
                more |= layout.DrainWindow(q, ref heads[q]);
            }
        }
    }

    private static void Measure(string scenario, string name, SpikeDisk disk, int messages, Func<Layout>? commits, Action action)
    {
        disk.ResetCounts();
        GC.Collect();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long device = DeviceReads();
        long start = Stopwatch.GetTimestamp();
        action();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        double bodies = messages / 1024.0;
        string commit = "";
        if (commits is not null)
        {
            double[] sorted = [.. commits().CommitSeconds.Order()];
            commit = $"{sorted[sorted.Length / 2] * 1000:0.0} / {sorted[sorted.Length * 99 / 100] * 1000:0.0}";
        }
        Console.WriteLine($"| {scenario} | {name} | {messages} | {bodies:0} | {disk.Written / 1048576.0:0} | {disk.Written / 1048576.0 / bodies:0.00} | {disk.Read / 1048576.0:0} | {(DeviceReads() - device) / 1048576.0:0} | {disk.Reads} | {disk.Syncs} | {seconds:0.0} | {disk.SyncSeconds:0.0} | {commit} | {cpu.TotalMicroseconds / messages:0.00} | {disk.Peak / 1048576.0:0} | {disk.Kept / 1048576.0:0} |");
    }
}
