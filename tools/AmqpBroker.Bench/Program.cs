using System.CommandLine;
using AmqpBroker.Bench;
using AmqpBroker.Bench.Speed;
using AmqpBroker.Bench.Store;

return BenchCommand.Build().Parse(args).Invoke();

/// <summary>The options, and what becomes of them.</summary>
internal static class BenchCommand
{
    private static readonly Option<FileInfo> _broker = new("--broker") { Description = "the broker's executable", Required = true };
    private static readonly Option<DirectoryInfo> _folder = new("--folder") { Description = "where the data directories of the runs are made, and the report", Required = true };
    private static readonly Option<long> _messages = new("--messages") { Description = "messages of the backlog, 1 KB each; the disk takes a little more", DefaultValueFactory = _ => 10_000_000 };
    private static readonly Option<int> _queues = new("--queues") { Description = "empty queues", DefaultValueFactory = _ => 100_000 };
    private static readonly Option<int> _filled = new("--filled-queues") { Description = "queues with 100 messages each", DefaultValueFactory = _ => 10_000 };
    private static readonly Option<double> _traffic = new("--traffic-gb") { Description = "gigabytes that are published and consumed to see what stays on the disk", DefaultValueFactory = _ => 36 };
    private static readonly Option<string[]> _only = new("--only") { Description = "parts to run: backlog, queues, filled, fanout, space; repeatable", DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> _options = new("--broker-option") { Description = "handed to the broker, one word each; repeatable", DefaultValueFactory = _ => [] };

    public static RootCommand Build()
    {
        var store = new Command("store", "Backlogs, many queues, space and restarts: what the store takes and gives, on this machine.");
        Option[] options = [_broker, _folder, _messages, _queues, _filled, _traffic, _only, _options];
        foreach (Option option in options)
        {
            store.Options.Add(option);
        }
        store.SetAction(Run);
        return new RootCommand("Measures the broker on the machine at hand.") { store, SpeedCommand.Build(), CheckCommand.Build() };
    }

    private static int Run(ParseResult parsed)
    {
        var setting = new Setting(parsed.GetValue(_broker)!.FullName, parsed.GetValue(_folder)!.FullName, parsed.GetValue(_options)!);
        var report = new Report();
        (string Name, Action Run)[] parts =
        [
            ("backlog", () => new BacklogPart(setting, report, parsed.GetValue(_messages)).Run()),
            ("queues", () => new ManyQueuesPart(setting, report, parsed.GetValue(_queues), messagesEach: 0).Run()),
            ("filled", () => new ManyQueuesPart(setting, report, parsed.GetValue(_filled), messagesEach: 100).Run()),
            ("fanout", () => new FanOutPart(setting, report).Run()),
            ("space", () => new SpacePart(setting, report, parsed.GetValue(_traffic)).Run()),
        ];
        string[] only = parsed.GetValue(_only)!;
        if (only.Except(parts.Select(p => p.Name)).FirstOrDefault() is string unknown)
        {
            Console.Error.WriteLine($"bench: there is no part '{unknown}'; there are {string.Join(", ", parts.Select(p => p.Name))}");
            return 2;
        }
        Directory.CreateDirectory(setting.Folder);
        foreach ((string name, Action run) in parts.Where(p => only.Length == 0 || only.Contains(p.Name)))
        {
            Console.WriteLine($"== {name}");
            run();
        }
        string path = Path.Combine(setting.Folder, "store.md");
        report.Write(path, setting);
        Console.WriteLine($"{report.Missed} of {report.Goals} goals missed; the report: {path}");
        return 0;
    }
}
