using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Store;

/// <summary>
/// What stays on the disk: after traffic that is consumed as it comes, with a backlog beside it that nobody touches, and after
/// a purge. An hour of 10 MB/s is 36 GB, compressed in time.
/// </summary>
internal sealed class SpacePart(Setting setting, Report report, double trafficGb)
{
    private const int Rounds = 6;
    private const int Kept = 1_000;

    public void Run()
    {
        string data = setting.NewDataDirectory("space");
        using (Broker broker = Broker.Start(setting, data))
        {
            Scenario load = Load.At(broker.Port) with { DurationSeconds = 3600, Count = (long)(trafficGb * 1e9 / 1024 / Rounds) };
            for (int i = 1; i <= Rounds; i++)
            {
                load.Run();
                report.AtMost($"disk after {i * trafficGb / Rounds:F1} GB published and consumed", Disk.UsedMb(data), 600, "MB");
            }
            Scenario old = Load.At(broker.Port) with { QueuePrefix = "kept" };
            old.Fill(Kept).Run();
            load.Run();
            report.AtMost($"disk after {trafficGb / Rounds:F1} GB more, {Kept:N0} old messages among them", Disk.UsedMb(data), 600, "MB");
            Scenario purged = Load.At(broker.Port) with { QueuePrefix = "purged" };
            purged.Fill(1_000_000).Run();
            double full = Disk.UsedMb(data);
            report.Add("disk with 1,000,000 messages more", full, "MB");
            (purged.Fill(1) with { Keep = false }).Run();
            report.AtMost("seconds from their queue's delete until half of that is free", Disk.SecondsUntilAtMost(data, full / 2), 30, "s");
            broker.Stop();
        }
        Directory.Delete(data, recursive: true);
    }
}
