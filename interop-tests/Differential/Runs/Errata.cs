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

    /// <summary>What differs by intent and no scenario shows: what needs a power cut, a newer RabbitMQ, or more memory than tests have.</summary>
    public static IReadOnlyList<string> WithoutScenario { get; } =
        [.. Rows().Where(row => !ScenarioName().IsMatch(Last(row))).Select(row => row.Split('|')[1].Trim())];

    private static HashSet<string> Load() => [.. Rows().SelectMany(row => ScenarioName().Matches(Last(row))).Select(m => m.Groups[1].Value)];

    private static string Last(string row) => row.Trim(' ')[..^1].Split('|')[^1];

    /// <summary>The rows of the first table, without its heads.</summary>
    private static IEnumerable<string> Rows() =>
        File.ReadAllLines(Path.Combine(Repository.Root, "spec", "errata.md"))
            .SkipWhile(line => !line.StartsWith(Heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1);

    [GeneratedRegex("`([A-Za-z]+\\.[^`]+)`")]
    private static partial Regex ScenarioName();
}
