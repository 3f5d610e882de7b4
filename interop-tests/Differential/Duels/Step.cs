namespace AmqpBroker.Differential.Duels;

/// <summary>One step of a script that a duel runs: what it does, and the words of <see cref="Steps"/> it is written with.</summary>
internal sealed record Step(string Code, Action<Stage> Act)
{
    /// <summary>The script needs a virtual host of its own.</summary>
    public bool OnOwnHost { get; init; }

    /// <summary>A script as it can be pasted into <c>Scenarios/Regressions.cs</c>.</summary>
    public static string Print(IEnumerable<Step> script) => string.Concat(script.Select(step => $"            {step.Code},\n"));
}
