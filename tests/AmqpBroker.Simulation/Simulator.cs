namespace AmqpBroker.Simulation;

/// <summary>Runs seeds, and finds the shortest list of steps that fails in the same run.</summary>
internal static class Simulator
{
    /// <summary>Every fifth run is on the simulated disk, which takes longer than memory.</summary>
    private const int DiskEvery = 5;

    private const int StepsInMemory = 300;
    private const int StepsOnDisk = 120;

    /// <summary>Attempts at cutting steps out: enough for some hundred steps, a few seconds at most.</summary>
    private const int MostAttempts = 1500;

    /// <summary>Runs the seed. Gives null when all is well, otherwise what is wrong and how to see it again.</summary>
    internal static string? Run(int seed, bool shrink)
    {
        bool onDisk = seed % DiskEvery == 0;
        Step[] steps = Step.Generate(seed, onDisk ? StepsOnDisk : StepsInMemory);
        if (Fails(seed, onDisk, steps) is not { } failure)
        {
            return null;
        }

        string report = $"Seed {seed} ({(onDisk ? "disk" : "memory")}): {failure.Message}\nReplay: AmqpBroker.Simulation --seed {seed}";
        if (shrink)
        {
            Step[] shortest = Shrink(seed, onDisk, steps);
            report += $"\nShortest failing run ({shortest.Length} steps): {Fails(seed, onDisk, shortest)?.Message}\n  "
                + string.Join("\n  ", shortest);
        }

        return report + $"\n{failure}";
    }

    private static Exception? Fails(int seed, bool onDisk, IReadOnlyList<Step> steps)
    {
        try
        {
            using var run = new SimulatedRun(seed, onDisk);
            foreach (Step step in steps)
            {
                run.Execute(step);
            }

            run.Finish();
            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return failure;
        }
    }

    private static Step[] Shrink(int seed, bool onDisk, Step[] steps)
    {
        int attempts = 0;
        for (int cut = steps.Length / 2; cut >= 1; cut /= 2)
        {
            for (int at = 0; at + cut <= steps.Length && attempts < MostAttempts;)
            {
                Step[] fewer = [.. steps[..at], .. steps[(at + cut)..]];
                attempts++;
                if (Fails(seed, onDisk, fewer) is not null)
                {
                    steps = fewer;
                }
                else
                {
                    at += cut;
                }
            }
        }

        return steps;
    }
}
