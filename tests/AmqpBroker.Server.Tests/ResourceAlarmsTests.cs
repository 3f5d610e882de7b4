using AmqpBroker.Server.Alarms;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>When an alarm is on, and what is measured.</summary>
public sealed class ResourceAlarmsTests
{
    private readonly TestGauge _gauge = new() { MemoryTotal = 1000, MemoryUsed = 500, DiskFree = 100 };
    private readonly TestTime _time = new();
    private readonly TestLog _log = new();

    [Fact]
    public void Memory_is_short_above_its_share_and_disk_space_below_its_limit()
    {
        using ResourceAlarms alarms = Create(MemoryLimit.OfShare(0.6), 100);
        Assert.Equal(new AlarmReport(Shortages.None, 500, 600, 100, 100), alarms.Report);
        _gauge.MemoryUsed = 601;
        _gauge.DiskFree = 99;
        Task change = alarms.NextChange();
        Assert.False(change.IsCompleted);
        alarms.Look();
        Assert.True(change.IsCompleted);
        Assert.Equal(new AlarmReport(Shortages.Disk | Shortages.Memory, 601, 600, 99, 100), alarms.Report);
        _gauge.MemoryUsed = 600;
        alarms.Look();
        Assert.Equal((false, true), (alarms.Report.Memory, alarms.Report.Disk));
        _gauge.DiskFree = 100;
        alarms.Look();
        Assert.Equal(Shortages.None, alarms.Active);
        Assert.Equal(["Memory alarm:", "Disk alarm: 9", "Memory alarm ", "Disk alarm ov"], _log.Lines.Select(l => l["Warning: ".Length..][..13]));
    }

    [Fact]
    public void A_store_that_waits_for_room_is_short_of_disk_space_whatever_seems_free()
    {
        using ResourceAlarms alarms = Create(MemoryLimit.Default, 0);
        _gauge.DiskFree = null;
        alarms.Look();
        Assert.Equal(Shortages.None, alarms.Active);
        _gauge.StoreIsFull = true;
        alarms.Look();
        Assert.Equal(Shortages.Disk, alarms.Active);
    }

    [Fact]
    public void The_store_is_asked_for_space_at_every_look_at_which_it_is_short_and_at_no_other()
    {
        using ResourceAlarms alarms = Create(MemoryLimit.Default, 100);
        alarms.Look();
        Assert.Equal(0, _gauge.DiskFreed);
        _gauge.DiskFree = 99;
        alarms.Look();
        alarms.Look();
        Assert.Equal(2, _gauge.DiskFreed);
        _gauge.DiskFree = 100;
        alarms.Look();
        Assert.Equal(2, _gauge.DiskFreed);
    }

    [Fact]
    public void Limits_can_be_set_at_any_time()
    {
        using ResourceAlarms alarms = Create(MemoryLimit.OfBytes(500), 100);
        Assert.Equal(Shortages.None, alarms.Active);
        alarms.SetDiskFreeLimit(101);
        alarms.SetMemoryLimit(MemoryLimit.OfBytes(499));
        Assert.Equal(Shortages.Disk | Shortages.Memory, alarms.Active);
        alarms.SetMemoryLimit(MemoryLimit.OfShare(0.5));
        alarms.SetDiskFreeLimit(0);
        Assert.Equal(Shortages.None, alarms.Active);
        alarms.SetMemoryLimit(MemoryLimit.OfShare(0));
        Assert.Equal(Shortages.Memory, alarms.Active);
    }

    [Fact]
    public void Garbage_is_no_shortage_and_is_not_collected_all_the_time()
    {
        using ResourceAlarms alarms = Create(MemoryLimit.OfBytes(600), 0);
        Use(900, garbage: 500);
        alarms.Look();
        Assert.Equal((Shortages.None, 1), (alarms.Active, _gauge.FreedTimes));
        Use(900, garbage: 500);
        alarms.Look();
        Assert.Equal((Shortages.Memory, 1), (alarms.Active, _gauge.FreedTimes));
        _time.NowMs += 10_500;
        alarms.Look();
        Assert.Equal((Shortages.None, 2), (alarms.Active, _gauge.FreedTimes));
    }

    [Fact]
    public async Task It_looks_by_itself_once_started()
    {
        using var alarms = new ResourceAlarms(_gauge, MemoryLimit.OfBytes(500), 100, TimeProvider.System, _log);
        Task change = alarms.NextChange();
        alarms.Start();
        _gauge.DiskFree = 99;
        await change.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(alarms.Report.Disk);
    }

    [Fact]
    public void This_machine_can_be_measured()
    {
        var gauge = new MachineGauge(Path.GetTempPath(), static () => false, static () => { });
        Assert.InRange(gauge.MemoryUsed, 1_000_000, gauge.MemoryTotal);
        Assert.True(gauge.DiskFree > 0);
        Assert.False(gauge.StoreIsFull);
    }

    [Theory]
    [InlineData(null, null, 4_000_000 * 1024L)]
    [InlineData("0::/a/b\n", "sys/fs/cgroup/a/b/memory.max=max", 4_000_000 * 1024L)]
    [InlineData("0::/a/b\n", "sys/fs/cgroup/a/b/memory.max=1000000", 1_000_000)]
    [InlineData("0::/a/b\n", "sys/fs/cgroup/a/memory.max=2000000", 2_000_000)]
    [InlineData("0::/\n", "sys/fs/cgroup/memory.max=3000000", 3_000_000)]
    [InlineData("0::/../elsewhere\n", "sys/fs/cgroup/memory.max=3000000", 3_000_000)]
    [InlineData("5:cpu:/x\n4:memory,other:/docker/1\n", "sys/fs/cgroup/memory/memory.limit_in_bytes=5000000", 5_000_000)]
    public void A_container_has_the_memory_that_it_was_given(string? groups, string? limit, long expected)
    {
        string root = Directory.CreateTempSubdirectory("amqpbroker-memory-").FullName;
        try
        {
            Write("proc/meminfo", "MemTotal:        4000000 kB\nMemFree:            1000 kB\n");
            if (groups is not null && limit is not null)
            {
                Write("proc/self/cgroup", groups);
                Write(limit.Split('=')[0], limit.Split('=')[1] + "\n");
            }

            Assert.Equal(expected, MachineMemory.ReadLinux(root));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        void Write(string file, string text)
        {
            string path = Path.Combine(root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    private void Use(long bytes, long garbage)
    {
        _gauge.MemoryUsed = bytes;
        _gauge.Garbage = garbage;
    }

    private ResourceAlarms Create(MemoryLimit memory, long diskFree) => new(_gauge, memory, diskFree, _time, _log);

    private sealed class TestTime : TimeProvider
    {
        public long NowMs { get; set; } = 1_000_000;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => NowMs;
    }
}
