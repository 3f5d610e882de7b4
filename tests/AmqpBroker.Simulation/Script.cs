using System.Globalization;

namespace AmqpBroker.Simulation;

/// <summary>
/// A run as a whole: what is declared, and the steps. As text it can be kept as a test. From the seed comes the chance of
/// the simulated disk, too.
/// </summary>
internal sealed record Script(int Seed, bool OnDisk, Topology Topology, Step[] Steps)
{
    /// <summary>Every fifth run is on the simulated disk, which takes longer than memory.</summary>
    private const int DiskEvery = 5;

    private const int StepsInMemory = 300;
    private const int StepsOnDisk = 150;

    internal static Script Generate(int seed)
    {
        bool onDisk = seed % DiskEvery == 0;
        return new Script(
            seed, onDisk, new TopologyGenerator(seed).Draw(), Step.Generate(seed, onDisk ? StepsOnDisk : StepsInMemory));
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
            [.. lines.Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(l => Step.Parse(l[5..]))]);
    }

    public override string ToString() =>
        string.Join('\n', Topology.Lines.Prepend($"seed {Seed} {(OnDisk ? "disk" : "memory")}").Concat(Steps.Select(s => $"step {s}")));
}
