using System.Globalization;

namespace AmqpBroker.Simulation;

/// <summary>
/// A run as a whole: what is declared, and the steps. As text it can be kept as a test. From the seed comes the chance of
/// the simulated disk, too.
/// </summary>
internal sealed record Script(int Seed, bool OnDisk, Topology Topology, Step[] Steps)
{
    /// <summary>Every third run has memory for a few messages only: the others are in the journal alone.</summary>
    private const int ColdEvery = 3;

    /// <summary>Memory in bytes that such runs have for messages: none, or for some ten of those that are sent.</summary>
    private static readonly int[] _budgets = [0, 1000, 2500, 5000];

    /// <summary>Every fifth run is on the simulated disk, which takes longer than memory.</summary>
    private const int DiskEvery = 5;

    private const int StepsInMemory = 300;
    private const int StepsOnDisk = 150;

    /// <summary>What messages that wait may take of memory in bytes; null for more than any run needs.</summary>
    internal int? Budget { get; init; }

    internal static Script Generate(int seed)
    {
        bool cold = seed % ColdEvery == 2;
        bool onDisk = seed % DiskEvery == 0;
        return new Script(
            seed, onDisk, new TopologyGenerator(seed, cold).Draw(), Step.Generate(seed, onDisk ? StepsOnDisk : StepsInMemory))
        {
            Budget = cold ? _budgets[seed / ColdEvery % _budgets.Length] : null,
        };
    }

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    internal static Script Parse(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] head = lines[0].Split(' ');
        return new Script(
            int.Parse(head[1], CultureInfo.InvariantCulture),
            head[2] == "disk",
            Topology.Parse(lines),
            [.. lines.Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(l => Step.Parse(l[5..]))])
        {
            Budget = head.Length > 3 ? int.Parse(head[3], CultureInfo.InvariantCulture) : null,
        };
    }

    public override string ToString() =>
        string.Join('\n', Topology.Lines.Prepend($"seed {Seed} {(OnDisk ? "disk" : "memory")} {Budget}".TrimEnd()).Concat(Steps.Select(s => $"step {s}")));
}
