using System.CommandLine;

namespace AmqpBroker.Bench.Speed;

/// <summary><c>bench speed</c>: this broker, what else is installed, and the floor program, in one sitting.</summary>
internal static class SpeedCommand
{
    private static readonly Option<FileInfo> _broker = new("--broker") { Description = "the broker's executable", Required = true };
    private static readonly Option<FileInfo> _floor = new("--floor") { Description = "the floor program", Required = true };
    private static readonly Option<DirectoryInfo> _folder = new("--folder") { Description = "where data directories are made, and the report", Required = true };
    private static readonly Option<int> _rounds = new("--rounds") { Description = "rounds, in turn; the report has their medians", DefaultValueFactory = _ => 3 };
    private static readonly Option<double> _seconds = new("--seconds") { Description = "seconds that are measured of each run", DefaultValueFactory = _ => 6 };
    private static readonly Option<string[]> _only = new("--only") { Description = $"loads to run: {string.Join(", ", SpeedLoad.All.Select(l => l.Name))}; repeatable", DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> _against = new("--against") { Description = "contestants beside this broker, by the beginning of their name: RabbitMQ, LavinMQ, floor; repeatable; default: all there are", DefaultValueFactory = _ => [] };
    private static readonly Option<FileInfo[]> _beside = new("--beside") { Description = "another build of this broker, to be compared; repeatable", DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> _options = new("--broker-option") { Description = "handed to the broker, one word each; repeatable", DefaultValueFactory = _ => [] };

    public static Command Build()
    {
        var speed = new Command("speed", "Rates, CPU time of a message and latencies, beside RabbitMQ, LavinMQ (if on the PATH) and the floor program.");
        Option[] options = [_broker, _floor, _folder, _rounds, _seconds, _only, _against, _beside, _options];
        foreach (Option option in options)
        {
            speed.Options.Add(option);
        }
        speed.SetAction(Run);
        return speed;
    }

    private static int Run(ParseResult parsed)
    {
        string[] only = parsed.GetValue(_only)!;
        if (only.Except(SpeedLoad.All.Select(l => l.Name)).FirstOrDefault() is string unknown)
        {
            Console.Error.WriteLine($"bench: there is no load '{unknown}'; there are {string.Join(", ", SpeedLoad.All.Select(l => l.Name))}");
            return 2;
        }
        string folder = parsed.GetValue(_folder)!.FullName;
        Directory.CreateDirectory(folder);
        IReadOnlyList<Contestant> contestants = Contestants(parsed);
        int rounds = parsed.GetValue(_rounds);
        double seconds = parsed.GetValue(_seconds);
        IReadOnlyList<SpeedResult> results = new SpeedRounds(folder, contestants, rounds, seconds)
            .Run(SpeedLoad.All.Where(l => only.Length == 0 || only.Contains(l.Name)));
        var table = new SpeedTable(contestants, results, rounds, seconds);
        string path = Path.Combine(folder, "speed.md");
        File.WriteAllText(path, table.Markdown());
        SpeedChart.Write(Path.Combine(folder, "speed-rates.svg"), "Deliveries per second", "{0:N0}", table, ["persistent", "window-10000", "four", "fanout", "transient"], r => r.Rate);
        SpeedChart.Write(Path.Combine(folder, "speed-cpu.svg"), "CPU time of the broker per delivery, µs", "{0:N2}", table, ["persistent", "window-10000", "four", "fanout", "transient"], r => r.CpuUs);
        SpeedChart.Write(Path.Combine(folder, "speed-latency.svg"), "10,000 messages a second: 99 of 100 are delivered within, ms", "{0:N2}", table, ["latency-transient", "latency-persistent"], r => r.LatencyMs(99));
        Console.WriteLine();
        Console.WriteLine(File.ReadAllText(path));
        Console.WriteLine($"The report: {path}");
        return 0;
    }

    private static IReadOnlyList<Contestant> Contestants(ParseResult parsed)
    {
        string[] options = parsed.GetValue(_options)!;
        string[] against = parsed.GetValue(_against)!;
        IEnumerable<Contestant> others = new[] { Contestant.RabbitMQ(), Contestant.LavinMQ() }.OfType<Contestant>().Concat(Contestant.Floors(parsed.GetValue(_floor)!.FullName));
        return
        [
            Contestant.AmqpBroker(parsed.GetValue(_broker)!.FullName, options),
            .. parsed.GetValue(_beside)!.Select(f => Contestant.AmqpBroker(f.FullName, options) with { Name = f.Directory!.Name }),
            .. others.Where(c => against.Length == 0 || against.Any(a => c.Name.StartsWith(a, StringComparison.OrdinalIgnoreCase))),
        ];
    }
}
