using System.Globalization;

namespace AmqpBroker.Fuzz;

/// <summary>
/// <c>AmqpBroker.Fuzz fuzz [--seconds N] [--seed S]</c> fuzzes the decoders (10 s if not said otherwise); with anything else
/// this is a test executable of xunit.
/// </summary>
internal static class Program
{
    private const string Usage = "usage: AmqpBroker.Fuzz fuzz [--seconds N] [--seed S]";

    private static async Task<int> Main(string[] args)
    {
        if (args is not ["fuzz", ..] and not ["--seconds" or "--seed", ..])
        {
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        }

        int seconds = 10;
        int seed = Random.Shared.Next();
        string[] options = args[0] == "fuzz" ? args[1..] : args;
        for (int i = 0; i < options.Length; i += 2)
        {
            if (i + 1 == options.Length
                || options[i] is not ("--seconds" or "--seed")
                || !int.TryParse(options[i + 1], CultureInfo.InvariantCulture, out int value))
            {
                Console.Error.WriteLine(Usage);
                return 2;
            }

            (seconds, seed) = options[i] == "--seconds" ? (value, seed) : (seconds, value);
        }

        Console.WriteLine($"seed {seed}, {seconds} s");
        FuzzReport report = Fuzzer.Run(Targets.All, seed, TimeSpan.FromSeconds(seconds));
        Console.WriteLine(report);
        return report.Failure is null ? 0 : 1;
    }
}
