using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Store;

/// <summary>
/// What stays on the disk: during and after traffic that is consumed as it comes, with old messages that nobody touches among it,
/// and after a drain and a delete without further traffic. An hour of 10 MB/s is 36 GB, compressed in time.
/// </summary>
internal sealed class SpacePart(Setting setting, Report report, double trafficGb)
{
    private const int Rounds = 6;
    private const int Backlog = 1_000_000;

    /// <summary>Old messages that come all through a round: a few in each segment.</summary>
    private const int Kept = 200;
    private const double KeptPerSecond = 20;

    /// <summary>Six spare segments of 64 MiB, those at work, and checkpoints.</summary>
    private const double FixedMb = 700;

    /// <summary>Beyond that while traffic runs: what has been consumed since the last checkpoint.</summary>
    private const double MostMb = 1000;

    /// <summary>A look, a checkpoint, and the deleting of files.</summary>
    private const double SecondsToComeBack = 10;

    /// <summary>The same, and so long something must have been left over before it is moved, and the moving.</summary>
    private const double SecondsToMove = 40;

    public void Run()
    {
        string data = setting.NewDataDirectory("space");
        using (Broker broker = Broker.Start(setting, data))
        {
            Scenario load = Load.At(broker.Port) with { DurationSeconds = 3600, Count = (long)(trafficGb * 1e9 / 1024 / Rounds) };
            for (int i = 1; i <= Rounds; i++)
            {
                double most = Disk.MostMb(data, () => load.Run());
                report.AtMost($"most on the disk up to {i * trafficGb / Rounds:F1} GB published and consumed", most, MostMb, "MB");
                report.AtMost("disk at its end", Disk.SettledMb(data, FixedMb), FixedMb, "MB");
            }

            LeaveOldMessages(broker.Port, data);
            Scenario backlog = Load.At(broker.Port) with { QueuePrefix = "backlog" };
            backlog.Fill(Backlog).Run();
            report.Add($"disk with a backlog of {Backlog:N0}", Disk.UsedMb(data), "MB");
            backlog.Drain(Backlog).Run();
            report.AtMost("seconds from its drain until its room is back, without further traffic", Disk.SecondsUntilAtMost(data, FixedMb), SecondsToComeBack, "s");
            backlog.Fill(Backlog).Run();
            (backlog.Fill(1) with { Keep = false }).Run();
            report.AtMost("seconds from its queue's delete until its room is back", Disk.SecondsUntilAtMost(data, FixedMb), SecondsToComeBack, "s");
            broker.Stop();
        }

        Directory.Delete(data, recursive: true);
    }

    private void LeaveOldMessages(int port, string data)
    {
        Scenario old = Load.At(port) with { QueuePrefix = "kept", ConfirmWindow = 10, Rate = KeptPerSecond };
        Task leaving = Task.Run(() => old.Fill(Kept).Run());
        Load.At(port).Run();
        leaving.Wait();
        report.Add($"disk with {Kept:N0} old messages left by {Kept / KeptPerSecond:F0} seconds of traffic", Disk.UsedMb(data), "MB");
        report.AtMost("seconds until they keep no more than themselves", Disk.SecondsUntilAtMost(data, FixedMb), SecondsToMove, "s");
        (old with { Rate = 0 }).Drain(Kept).Run();
    }
}
