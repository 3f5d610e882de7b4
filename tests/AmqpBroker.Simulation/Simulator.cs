namespace AmqpBroker.Simulation;

/// <summary>Runs scripts, and finds the shortest that still fails.</summary>
internal static class Simulator
{
    /// <summary>Attempts at cutting something out: enough for some hundred steps, a few seconds at most.</summary>
    private const int MostAttempts = 3000;

    /// <summary>Runs the seed. Gives null when all is well, otherwise what is wrong and how to see it again.</summary>
    internal static string? Run(int seed, bool shrink)
    {
        Script script = Script.Generate(seed);
        if (Fails(script) is not { } failure)
        {
            return null;
        }

        string report = $"Seed {seed} ({(script.OnDisk ? "disk" : "memory")}): {failure.Message}\nReplay: AmqpBroker.Simulation --seed {seed}";
        if (shrink)
        {
            Script shortest = Shrink(script, Kind(failure));
            report += $"\nShortest failing run ({shortest.Steps.Length} steps), to be kept in Scripts: {Fails(shortest)?.Message}\n{shortest}";
        }

        return report + $"\n{failure}";
    }

    /// <summary>Gives what is wrong, or null.</summary>
    internal static Exception? Fails(Script script)
    {
        try
        {
            using var run = new SimulatedRun(script);
            foreach (Step step in script.Steps)
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

    /// <summary>Cuts steps out, then bindings and exchanges, as long as what is left fails.</summary>
    private static Script Shrink(Script script, string kind)
    {
        int attempts = 0;
        bool Still(Script fewer) => attempts++ < MostAttempts && Fails(fewer) is { } failure && Kind(failure) == kind;
        script = script with { Steps = Cut(script.Steps, s => Still(script with { Steps = s })) };
        Topology topology = script.Topology;
        BindingSpec[] bindings = Cut(topology.Bindings, b => Still(script with { Topology = topology with { Bindings = b } }));
        topology = topology with { Bindings = bindings };
        return script with { Topology = topology, Steps = Cut(script.Steps, s => Still(script with { Topology = topology, Steps = s })) };
    }

    /// <summary>The words of a failure without names and numbers, so that another failure is not taken for the same.</summary>
    private static string Kind(Exception failure) =>
        string.Join(' ', failure.Message.Split(' ').Where(w => w.Length > 0 && w.All(char.IsLetter)).Take(4));

    private static T[] Cut<T>(T[] all, Func<T[], bool> stillFails)
    {
        for (int cut = Math.Max(1, all.Length / 2); cut >= 1; cut /= 2)
        {
            for (int at = 0; at + cut <= all.Length;)
            {
                T[] fewer = [.. all[..at], .. all[(at + cut)..]];
                if (stillFails(fewer))
                {
                    all = fewer;
                }
                else
                {
                    at += cut;
                }
            }
        }

        return all;
    }
}
