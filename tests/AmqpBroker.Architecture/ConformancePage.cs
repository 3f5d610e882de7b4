using System.Text.RegularExpressions;

namespace AmqpBroker.Architecture;

/// <summary>The tables of <c>spec/conformance.md</c>, and what is wrong in them.</summary>
internal sealed partial class ConformancePage
{
    public const string File = "spec/conformance.md";

    private const string Heading = "| id | rule | shown by | state |";
    private const string ScenarioPrefix = "scenario.";

    private readonly string[] _lines;
    private readonly Dictionary<string, string> _folders;

    public ConformancePage(string text)
    {
        _lines = text.Split('\n', StringSplitOptions.TrimEntries);
        _folders = _lines.Select(line => ProjectRow().Match(line)).Where(match => match.Success)
            .ToDictionary(match => match.Groups["project"].Value, match => match.Groups["folder"].Value);
        Rules = [.. ReadRules()];
    }

    /// <summary>The cells of every row of the tables of rules.</summary>
    public IReadOnlyList<string[]> Rules { get; }

    /// <summary>Everything that is not as the page's head says, one line for each.</summary>
    public IEnumerable<string> Faults(IReadOnlySet<string> errata) =>
        Rules.SelectMany(row => RowFaults(row, errata).Select(fault => $"{row[0]}: {fault}"))
            .Concat(Rules.CountBy(row => row[0]).Where(id => id.Value > 1).Select(id => $"{id.Key}: {id.Value} rules have this id"));

    /// <summary>The first cells of a page's tables: what <c>spec/errata.md</c> calls its rows.</summary>
    public static IReadOnlySet<string> FirstCells(string text) =>
        text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => Cells(line)[0]).ToHashSet();

    private IEnumerable<string[]> ReadRules()
    {
        bool inTable = false;
        foreach (string line in _lines)
        {
            inTable = line == Heading || (inTable && line.StartsWith('|'));
            if (inTable && line != Heading && !line.StartsWith("|---", StringComparison.Ordinal))
            {
                yield return Cells(line);
            }
        }
    }

    private IEnumerable<string> RowFaults(string[] row, IReadOnlySet<string> errata)
    {
        if (row.Length != 4)
        {
            yield return $"{row.Length} cells and not 4";
            yield break;
        }

        (string id, string shownBy, string state) = (row[0], row[2], row[3]);
        if (!Id().IsMatch(id))
        {
            yield return "an id is a letter, a dash and two digits";
        }

        string[] tests = [.. Quoted().Matches(shownBy).Select(match => match.Groups[1].Value)];
        if (Quoted().Replace(shownBy, "").Trim().Length > 0)
        {
            yield return "between the tests there is something else";
        }

        foreach (string test in tests.Where(test => !Exists(test)))
        {
            yield return $"there is no test {test}";
        }

        if (!State().IsMatch(state))
        {
            yield return $"there is no state '{state}'";
        }

        if (state == "shown" && tests.Length == 0)
        {
            yield return "shown by nothing";
        }

        if (tests.Length > 0 && state != "shown" && !state.StartsWith("differs: ", StringComparison.Ordinal))
        {
            yield return $"has a test, but is '{state}'";
        }

        if (state.StartsWith("differs: ", StringComparison.Ordinal) && !errata.Contains(state["differs: ".Length..]))
        {
            yield return "spec/errata.md has no such row";
        }
    }

    private bool Exists(string test)
    {
        if (test.StartsWith(ScenarioPrefix, StringComparison.Ordinal))
        {
            string name = $"\"{test[ScenarioPrefix.Length..]}\"";
            string[] files = ["interop-tests/AmqpBroker.Interop/Scenarios.cs", "interop-tests/AmqpBroker.Interop/Clients.cs"];
            return files.Any(file => Repository.Read(file).Contains(name, StringComparison.Ordinal));
        }

        // Project.Class, or Project.Class.Method.
        string[] parts = test.Split('.');
        if (parts.Length is not (2 or 3) || !_folders.TryGetValue(parts[0], out string? folder))
        {
            return false;
        }

        var hasClass = new Regex($@"\bclass {parts[1]}\b");
        var hasMethod = new Regex(parts.Length == 3 ? $@"\bpublic [^;={{]*\b{parts[2]}\(" : "");
        return Repository.In(".cs", folder).Select(Repository.Read).Any(source => hasClass.IsMatch(source) && hasMethod.IsMatch(source));
    }

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)];

    [GeneratedRegex(@"^\| `(?<project>\w+)` \| `(?<folder>(interop-)?tests/[^`]+)` \|$")]
    private static partial Regex ProjectRow();

    [GeneratedRegex("^[A-Z]-[0-9]{2}$")]
    private static partial Regex Id();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^(shown|built, no test yet|differs: .+|not yet: .+)$")]
    private static partial Regex State();
}
