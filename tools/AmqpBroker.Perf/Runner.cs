using System.Diagnostics;

namespace AmqpBroker.Perf;

/// <summary>Runs one scenario: declares, starts a thread per connection, takes two snapshots, and says what lies between.</summary>
internal sealed class Runner(Scenario scenario, string name, BrokerProcess? broker)
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(35);

    /// <exception cref="AmqpException">The broker refused something or closed a connection.</exception>
    public Result Measure()
    {
        using var topology = new Topology(scenario);
        topology.Declare();
        using var run = new Run(scenario);
        var consumers = new List<Consumer>();
        var producers = new List<Producer>();
        var producing = new List<Thread>();
        var consuming = new List<Thread>();
        try
        {
            for (int i = 0; i < scenario.Consumers; i++)
            {
                consumers.Add(new Consumer(run, i));
            }
            for (int i = 0; i < scenario.Producers; i++)
            {
                producers.Add(new Producer(run, i));
            }
            bool counted = scenario.Count > 0;
            run.IsMeasuring = counted;
            Snapshot before = Take(producers, consumers);
            consuming.AddRange(consumers.Select(c => Start(c.Loop)));
            producing.AddRange(producers.Select(p => Start(p.Loop)));
            if (!counted)
            {
                run.Wait(TimeSpan.FromSeconds(scenario.WarmupSeconds));
                run.IsMeasuring = true;
                before = Take(producers, consumers);
            }
            run.Wait(TimeSpan.FromSeconds(scenario.DurationSeconds));
            Snapshot after = Take(producers, consumers);
            long? resident = broker?.ResidentBytes();
            run.IsMeasuring = false;
            Stop(run, producers, producing, consumers, consuming);
            if (run.Failure is not null)
            {
                throw new AmqpException(run.Failure.Message);
            }
            return Between(before, after, producers, consumers) with { BrokerResidentBytes = resident };
        }
        finally
        {
            Stop(run, producers, producing, consumers, consuming);
            producers.ForEach(p => p.Dispose());
            consumers.ForEach(c => c.Dispose());
            if (!scenario.Keep)
            {
                topology.Delete();
            }
        }
    }

    private static Thread Start(Action loop)
    {
        var thread = new Thread(() => loop()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Stop(Run run, List<Producer> producers, List<Thread> producing, List<Consumer> consumers, List<Thread> consuming)
    {
        run.IsStopping = true;
        if (run.Failure is not null)
        {
            producers.ForEach(p => p.Abort());
        }
        if (!producing.TrueForAll(t => t.Join(_grace))) // they close by themselves, after the broker has read all
        {
            producers.ForEach(p => p.Abort());
        }
        consumers.ForEach(c => c.Abort());
        consuming.ForEach(t => t.Join(_grace));
    }

    private Snapshot Take(List<Producer> producers, List<Consumer> consumers) => new(
        Stopwatch.GetTimestamp(),
        producers.Sum(p => p.Sent),
        producers.Sum(p => p.Confirmed),
        consumers.Sum(c => c.Consumed),
        Environment.CpuUsage.TotalTime.TotalSeconds,
        broker?.CpuSeconds());

    private Result Between(Snapshot before, Snapshot after, List<Producer> producers, List<Consumer> consumers)
    {
        var latency = new Histogram();
        consumers.ForEach(c => latency.Add(c.Latency));
        var confirmLatency = new Histogram();
        producers.ForEach(p => confirmLatency.Add(p.ConfirmLatency));
        return new Result
        {
            Name = name,
            Seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds,
            Published = after.Sent - before.Sent,
            Confirmed = after.Confirmed - before.Confirmed,
            Consumed = after.Consumed - before.Consumed,
            Refused = producers.Sum(p => p.Refused),
            Latency = latency,
            ConfirmLatency = confirmLatency,
            OwnCpuSeconds = after.OwnCpuSeconds - before.OwnCpuSeconds,
            BrokerCpuSeconds = after.BrokerCpuSeconds - before.BrokerCpuSeconds,
            BrokerPeakResidentBytes = broker?.PeakResidentBytes(),
        };
    }

    private sealed record Snapshot(long At, long Sent, long Confirmed, long Consumed, double OwnCpuSeconds, double? BrokerCpuSeconds);
}
