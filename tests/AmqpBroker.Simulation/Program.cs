using System.Globalization;
using AmqpBroker.Simulation;
using AmqpBroker.Simulation.Histories;
using Xunit.Runner.InProc.SystemConsole;

// --seed N runs one seed and prints how it fails, --seeds FIRST COUNT runs many, each against the model and with its clients'
// history checked; --history N FILE writes that history; --histories FIRST COUNT runs seeds with histories alone; --script FILE runs one that
// was kept; everything else goes to the test runner.
if (args is ["--history", var which, var path] && int.TryParse(which, CultureInfo.InvariantCulture, out int written))
{
    HistoryOutcome outcome = HistoryRunner.Run(written);
    File.WriteAllText(path, outcome.History);
    Console.WriteLine(HistoryRunner.Judge(written, outcome) ?? $"Seed {written} is well.");
    return 0;
}

if (args is ["--histories", var begin, var number]
    && int.TryParse(begin, CultureInfo.InvariantCulture, out int start) && int.TryParse(number, CultureInfo.InvariantCulture, out int howMany))
{
    int bad = 0, crashes = 0;
    for (int i = start; i < start + howMany; i++)
    {
        HistoryOutcome outcome = HistoryRunner.Run(i);
        crashes += outcome.Crashes;
        if (HistoryRunner.Judge(i, outcome) is { } broken)
        {
            bad++;
            Console.WriteLine(broken.Split('\n')[0]);
        }
    }

    Console.WriteLine($"{howMany - bad} well, {bad} failed; {crashes} crashes.");
    return bad == 0 ? 0 : 1;
}

if (args is ["--seed", var one] && int.TryParse(one, CultureInfo.InvariantCulture, out int seed))
{
    string? failure = Simulator.Run(seed, shrink: true) ?? HistoryRunner.Judge(seed, HistoryRunner.Run(seed));
    Console.WriteLine(failure ?? $"Seed {seed} is well.");
    return failure is null ? 0 : 1;
}

if (args is ["--script", var file])
{
    string? wrong = Simulator.Fails(Script.Parse(await File.ReadAllTextAsync(file)))?.ToString();
    Console.WriteLine(wrong ?? "The script is well.");
    return wrong is null ? 0 : 1;
}

if (args is ["--seeds", var from, var many]
    && int.TryParse(from, CultureInfo.InvariantCulture, out int first) && int.TryParse(many, CultureInfo.InvariantCulture, out int count))
{
    int failed = 0, crashed = 0;
    for (int i = first; i < first + count; i++)
    {
        HistoryOutcome outcome = HistoryRunner.Run(i);
        crashed += outcome.Crashes;
        if ((Simulator.Run(i, shrink: false) ?? HistoryRunner.Judge(i, outcome)) is { } failure)
        {
            failed++;
            Console.WriteLine(failure.Split('\n')[0]);
        }
    }

    Console.WriteLine($"{count - failed} well, {failed} failed; {crashed} crashes in their histories.");
    return failed == 0 ? 0 : 1;
}

return await ConsoleRunner.Run(args);
