using System.Globalization;
using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Speed;

/// <summary>
/// Runs all loads against all contestants: in turn, so that whatever else the machine does disturbs them alike, and each on a
/// process and files of its own.
/// </summary>
internal sealed class SpeedRounds(string folder, IReadOnlyList<Contestant> contestants, int rounds, double seconds)
{
    /// <summary>Long enough for a fresh process to have its files, its buffers and its code.</summary>
    public const double WarmupSeconds = 4;

    public IReadOnlyList<SpeedResult> Run(IEnumerable<SpeedLoad> loads)
    {
        var results = new List<SpeedResult>();
        foreach (SpeedLoad load in loads)
        {
            Console.WriteLine($"== {load.Name}: {load.Title}");
            for (int round = 1; round <= rounds; round++)
            {
                foreach (Contestant contestant in contestants.Where(c => c.TakesPart(load)))
                {
                    SpeedResult result = Measure(load, contestant);
                    results.Add(result);
                    Console.WriteLine(Line(round, result));
                }
            }
        }
        return results;
    }

    private SpeedResult Measure(SpeedLoad load, Contestant contestant)
    {
        using var running = new RunningContestant(contestant, Path.Combine(folder, "data-speed"));
        double idleMb = running.Figures.ResidentBytes() / 1e6;
        Scenario scenario = load.Scenario with { Port = running.Port, WarmupSeconds = WarmupSeconds, DurationSeconds = seconds };
        return new(load, contestant, new Runner(scenario, load.Name, running.Figures).Measure(), running.FirstConnectionMs, idleMb);
    }

    private static string Line(int round, SpeedResult result)
    {
        string latency = result.Run.Latency.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  latency p50 {result.LatencyMs(50):F2} p99 {result.LatencyMs(99):F2} ms");
        string confirm = result.Run.ConfirmLatency.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  confirm p50 {result.ConfirmMs(50):F2} p99 {result.ConfirmMs(99):F2} ms");
        return string.Create(CultureInfo.InvariantCulture, $"   {round} {result.Contestant.Name,-22} {result.Rate,11:N0}/s {result.CpuUs,8:F2} µs{latency}{confirm}  {result.Run.BrokerResidentBytes / 1e6:F0} MB");
    }
}
