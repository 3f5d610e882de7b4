using System.CommandLine;

namespace AmqpBroker.Bench.Speed;

/// <summary>
/// <c>bench check</c>: CPU time of a message as a multiple of what moving a kilobyte costs. Prints it, and fails when it is far
/// beyond what it was: rates and latencies on a machine that does other things are no ground to fail on.
/// </summary>
internal static class CheckCommand
{
    private const double Seconds = 4;
    private const int Rounds = 3;

    /// <summary>Loads, and twice the largest multiples that were measured when this was written, on a machine that did other things.</summary>
    private static readonly (string Load, double Limit)[] _limits = [("persistent", 13), ("transient", 11), ("small", 3)];

    private static readonly Option<FileInfo> _broker = new("--broker") { Description = "the broker's executable, native", Required = true };
    private static readonly Option<DirectoryInfo> _folder = new("--folder") { Description = "where data directories are made", Required = true };

    public static Command Build()
    {
        var check = new Command("check", "CPU time of a message against a calibration loop; fails on gross regressions.") { _broker, _folder };
        check.SetAction(Run);
        return check;
    }

    private static int Run(ParseResult parsed)
    {
        string folder = parsed.GetValue(_folder)!.FullName;
        Directory.CreateDirectory(folder);
        Contestant broker = Contestant.AmqpBroker(parsed.GetValue(_broker)!.FullName, []);
        var rounds = new SpeedRounds(folder, [broker], 1, Seconds);
        bool good = true;
        foreach ((string name, double limit) in _limits)
        {
            // The best of some: what disturbs only ever adds.
            double multiple = double.MaxValue;
            for (int i = 0; i < Rounds && multiple > limit / 2; i++)
            {
                double unit = Calibration.CpuUsPerKiB();
                SpeedResult result = rounds.Run([SpeedLoad.All.Single(l => l.Name == name)])[0];
                multiple = Math.Min(multiple, result.CpuUs / unit);
                Console.WriteLine(FormattableString.Invariant($"   {result.CpuUs:F2} µs a message, {unit:F3} µs a KiB over loopback: × {result.CpuUs / unit:F1} (limit {limit:F0})"));
            }
            good &= multiple <= limit;
        }
        return good ? 0 : 1;
    }
}
