using System.Globalization;
using AmqpBroker.HistoryCheck;

namespace AmqpBroker.Simulation.Histories;

/// <summary>What a run came to: its history, and how its broker or test bench broke down, if so.</summary>
internal sealed record HistoryOutcome(string History, int Crashes, Exception? Failure)
{
    internal IReadOnlyList<Violation> Violations { get; } = new Checker().Check(new StringReader(History));
}

/// <summary>Runs seeds with the history of their clients, and has it judged.</summary>
internal static class HistoryRunner
{
    internal static HistoryOutcome Run(int seed, Mutant? mutant = null)
    {
        HistoryRun? run = null;
        Exception? failure = null;
        try
        {
            run = new HistoryRun(seed, mutant ?? Mutant.None);
            run.Execute();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            failure = e;
        }
        finally
        {
            if (failure is null)
            {
                run?.Dispose();
            }
        }

        return new HistoryOutcome(run?.History.ToString() ?? "history 1 serial", run?.History.Crashes ?? 0, failure);
    }

    /// <summary>Gives null when all promises were kept, otherwise those that were broken and how to see it again.</summary>
    internal static string? Judge(int seed, HistoryOutcome outcome)
    {
        if (outcome.Failure is null && outcome.Violations.Count == 0)
        {
            return null;
        }

        string first = outcome.Violations.Count > 0 ? outcome.Violations[0].ToString() : outcome.Failure!.Message;
        return string.Create(CultureInfo.InvariantCulture, $"Seed {seed} (history): {first}\n")
            + string.Join('\n', outcome.Violations.Skip(1).Take(20))
            + $"\nReplay: AmqpBroker.Simulation --history {seed} FILE writes the history to a file\n{outcome.Failure}";
    }
}
