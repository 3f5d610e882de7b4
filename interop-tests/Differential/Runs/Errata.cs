using System.Text.RegularExpressions;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.Runs;

/// <summary>The differences that <c>spec/errata.md</c> explains: the scenario names in the last column of its first table.</summary>
internal static partial class Errata
{
    private const string Heading = "## Differences from RabbitMQ";

    /// <summary>Names of scenarios that must differ; a name that ends with <c>*</c> stands for all that begin so.</summary>
    public static IReadOnlySet<string> Names { get; } = Load();

    /// <summary>The entry under which a scenario is listed, or null.</summary>
    public static string? EntryOf(string scenario) =>
        Names.Contains(scenario) ? scenario
        : Names.FirstOrDefault(n => n.EndsWith('*') && scenario.StartsWith(n[..^1], StringComparison.Ordinal));

    private static HashSet<string> Load()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "spec", "errata.md"));
        IEnumerable<string> rows = lines
            .SkipWhile(line => !line.StartsWith(Heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal));
        return [.. rows.SelectMany(row => ScenarioName().Matches(row.TrimEnd(' ', '|').Split('|')[^1])).Select(m => m.Groups[1].Value)];
    }

    [GeneratedRegex("`([A-Za-z]+\\.[^`]+)`")]
    private static partial Regex ScenarioName();
}
