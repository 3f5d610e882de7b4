using System.Globalization;
using AmqpBroker.Simulation;
using Xunit.Runner.InProc.SystemConsole;

// --seed N runs one seed and prints how it fails, --seeds FIRST COUNT runs many; everything else goes to the test runner.
if (args is ["--seed", var one] && int.TryParse(one, CultureInfo.InvariantCulture, out int seed))
{
    string? failure = Simulator.Run(seed, shrink: true);
    Console.WriteLine(failure ?? $"Seed {seed} is well.");
    return failure is null ? 0 : 1;
}

if (args is ["--seeds", var from, var many]
    && int.TryParse(from, CultureInfo.InvariantCulture, out int first) && int.TryParse(many, CultureInfo.InvariantCulture, out int count))
{
    int failed = 0;
    for (int i = first; i < first + count; i++)
    {
        if (Simulator.Run(i, shrink: false) is { } failure)
        {
            failed++;
            Console.WriteLine(failure.Split('\n')[0]);
        }
    }

    Console.WriteLine($"{count - failed} well, {failed} failed.");
    return failed == 0 ? 0 : 1;
}

return await ConsoleRunner.Run(args);
