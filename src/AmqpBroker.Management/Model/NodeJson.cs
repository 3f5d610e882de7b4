using System.Diagnostics;
using System.Globalization;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Management.Model;

/// <summary>This process, as RabbitMQ tells of a node.</summary>
internal sealed record NodeJson(string Name)
{
    public string Type { get; } = "disc";

    public bool Running { get; } = true;

    public bool BeingDrained { get; }

    public IReadOnlyList<string> Partitions { get; } = [];

    public required string OsPid { get; init; }

    /// <summary>In milliseconds.</summary>
    public required long Uptime { get; init; }

    public required int FdUsed { get; init; }

    public required int FdTotal { get; init; }

    public required int SocketsUsed { get; init; }

    public int SocketsTotal => FdTotal;

    public required long MemUsed { get; init; }

    public required long MemLimit { get; init; }

    public required bool MemAlarm { get; init; }

    public string MemCalculationStrategy { get; } = "rss";

    public required long DiskFree { get; init; }

    public required long DiskFreeLimit { get; init; }

    public required bool DiskFreeAlarm { get; init; }

    /// <summary>Threads: what this broker has in the place of processes of RabbitMQ's runtime.</summary>
    public required int ProcUsed { get; init; }

    /// <summary>What the thread pool may grow to.</summary>
    public required int ProcTotal { get; init; }

    public required long RunQueue { get; init; }

    public int Processors { get; } = Environment.ProcessorCount;

    public string RatesMode { get; } = "basic";

    public IReadOnlyList<string> EnabledPlugins { get; } = ["rabbitmq_management"];

    public required IReadOnlyList<ExchangeTypeJson> ExchangeTypes { get; init; }

    public IReadOnlyList<ExchangeTypeJson> AuthMechanisms { get; } =
    [
        new("PLAIN", "SASL PLAIN authentication mechanism", true),
        new("AMQPLAIN", "QPid AMQPLAIN mechanism", true),
    ];

    public required IReadOnlyList<ApplicationJson> Applications { get; init; }

    public required IReadOnlyList<ContextJson> Contexts { get; init; }

    public IReadOnlyList<string> LogFiles { get; } = ["<stdout>"];

    public string DbDir { get; } = "";

    public IReadOnlyList<string> ConfigFiles { get; } = [];

    public int NetTicktime { get; } = 60;

    public IReadOnlyList<string> ClusterLinks { get; } = [];

    public long GcNum { get; } = GC.CollectionCount(0);

    /// <summary>The process as it is now.</summary>
    public static NodeJson Now(string name, string version, AlarmReport alarms, int sockets, IReadOnlyList<ContextJson> contexts, IReadOnlyList<ExchangeTypeJson> types)
    {
        using Process self = Process.GetCurrentProcess();
        ThreadPool.GetMaxThreads(out int workers, out _);
        (int used, int total) = Descriptors();
        return new NodeJson(name)
        {
            OsPid = self.Id.ToString(CultureInfo.InvariantCulture),
            Uptime = (long)(DateTime.Now - self.StartTime).TotalMilliseconds,
            FdUsed = used,
            FdTotal = total,
            SocketsUsed = sockets,
            MemUsed = alarms.MemoryUsed,
            MemLimit = alarms.MemoryLimit,
            MemAlarm = alarms.Memory,
            DiskFree = alarms.DiskFree ?? 0,
            DiskFreeLimit = alarms.DiskFreeLimit,
            DiskFreeAlarm = alarms.Disk,
            ProcUsed = self.Threads.Count,
            ProcTotal = workers,
            RunQueue = ThreadPool.PendingWorkItemCount,
            ExchangeTypes = types,
            Applications = [new("rabbit", "RabbitMQ", version), new("rabbitmq_management", "RabbitMQ Management Console", version)],
            Contexts = contexts,
        };
    }

    /// <summary>Open descriptors and how many there may be, where the system says so.</summary>
    private static (int Used, int Total) Descriptors()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (0, 0);
        }

        const string limit = "Max open files";
        int used = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(static l => l.StartsWith(limit, StringComparison.Ordinal));
        string? first = line?[limit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return (used, int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int total) ? total : 0);
    }
}

/// <summary>A part of the broker, with its version.</summary>
internal sealed record ApplicationJson(string Name, string Description, string Version);

/// <summary>What memory is used for, in bytes, as far as the runtime tells it.</summary>
internal sealed record MemoryJson(MemoryPartsJson Memory)
{
    /// <summary>The process as it is now.</summary>
    public static MemoryJson Now(AlarmReport alarms)
    {
        GCMemoryInfo gc = GC.GetGCMemoryInfo();
        long heap = GC.GetTotalMemory(forceFullCollection: false);
        long other = Math.Max(0, alarms.MemoryUsed - gc.TotalCommittedBytes);
        return new(new MemoryPartsJson(
            heap, Math.Max(0, gc.TotalCommittedBytes - heap), other, "rss", new MemoryTotalJson(heap, alarms.MemoryUsed, gc.TotalCommittedBytes)));
    }
}

/// <summary>Its parts.</summary>
internal sealed record MemoryPartsJson(long OtherProc, long AllocatedUnused, long OtherSystem, string Strategy, MemoryTotalJson Total);

/// <summary>Its sums: what the runtime uses, what the process has, what the runtime holds.</summary>
internal sealed record MemoryTotalJson(long Erlang, long Rss, long Allocated);

/// <summary>The same in hundredths.</summary>
internal sealed record RelativeMemoryJson(RelativeMemoryPartsJson Memory);

/// <summary>Its parts.</summary>
internal sealed record RelativeMemoryPartsJson(long Total, long OtherProc, long AllocatedUnused, long OtherSystem);
