using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Store;

/// <summary>Many messages that nobody takes, in one durable queue: memory, rates, restarts with all of them, and their drain.</summary>
internal sealed class BacklogPart(Setting setting, Report report, long messages)
{
    /// <summary>Most of memory that ready messages may take by default, and what an empty broker takes: the rest is growth.</summary>
    private const double CacheMb = 134;

    public void Run()
    {
        string data = setting.NewDataDirectory("backlog");
        double emptyRate = Fill(data);
        using (Broker broker = Broker.Start(setting, data))
        {
            report.AtMost($"start to first connection, {messages:N0} messages, stopped in order", broker.FirstConnectionMs / 1e3, 1, "s");
            report.Add("memory after that start", broker.ResidentMb, "MB");
            Load.At(broker.Port).Fill(1).Run();
            broker.Kill();
        }
        using (Broker broker = Broker.Start(setting, data))
        {
            report.AtMost($"start to first connection, {messages:N0} messages, after kill -9", broker.FirstConnectionMs / 1e3, 3, "s");
            Result drain = Load.At(broker.Port).Drain(messages + 1).Run();
            report.AtLeast("drain, prefetch 1,000, of the rate with an empty queue", 100 * drain.Consumed / drain.Seconds / emptyRate, 50, "%");
            report.Add("drain", drain.Consumed / drain.Seconds, "/s");
            report.Add("memory at its highest since that start", broker.PeakResidentMb, "MB");
            report.AtMost("disk 60 s after the last message is gone at the latest", Disk.SettledMb(data, 600), 600, "MB");
            broker.Stop();
        }
        Directory.Delete(data, recursive: true);
    }

    private double Fill(string data)
    {
        using Broker broker = Broker.Start(setting, data);
        Result empty = (Load.At(broker.Port) with { QueuePrefix = "empty", Keep = false }).Run();
        double emptyRate = empty.Published / empty.Seconds;
        report.Add("publishing and consuming, the queue as good as empty", emptyRate, "/s");
        double before = broker.ResidentMb;
        report.Add("memory then", before, "MB");
        long first = messages / 10;
        Load.At(broker.Port).Fill(messages - first).Run();
        Result last = Load.At(broker.Port).Fill(first).Run();
        report.AtLeast($"publishing the last {first:N0} of {messages:N0}, of that rate", 100 * last.Published / last.Seconds / emptyRate, 80, "%");
        report.Add("publishing those", last.Published / last.Seconds, "/s");
        report.AtMost("memory grown beyond the cache of 128 MiB", broker.ResidentMb - before - CacheMb, 100, "MB");
        report.Add("memory at its highest", broker.PeakResidentMb, "MB");
        double disk = Disk.UsedMb(data);
        report.AtMost("disk per megabyte of bodies", disk / (messages * 1024 / 1e6), 1.5, "MB");
        report.Add("stop in order", broker.Stop() / 1e3, "s");
        return emptyRate;
    }
}
