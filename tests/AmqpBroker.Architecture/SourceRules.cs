using System.Text.RegularExpressions;

namespace AmqpBroker.Architecture;

/// <summary>The rules of the house that can be read off the source: each gives the lines that break it, as "line: text".</summary>
internal static partial class SourceRules
{
    public const int MaxLines = 500;

    /// <summary>
    /// A wait for a time instead of an event, whose line or the line before does not say why. In a WhenAny on one line the
    /// time only bounds the wait for an event.
    /// </summary>
    public static IEnumerable<string> UnexplainedWaits(string[] lines) => Breaking(lines, (line, before) =>
        Wait().IsMatch(Code(line)) && !line.Contains("Task.WhenAny(", StringComparison.Ordinal) && !Reason().IsMatch(line) && !Reason().IsMatch(before));

    /// <summary>The keyword unsafe, outside comments and strings.</summary>
    public static IEnumerable<string> UnsafeCode(string[] lines) => Breaking(lines, (line, _) => UnsafeWord().IsMatch(Code(line)));

    /// <summary>Paths of one person's or one server's machine, and hosts of package registries.</summary>
    public static IEnumerable<string> MachineTraces(string[] lines) => Breaking(lines, (line, _) => MachineTrace().IsMatch(line));

    private static IEnumerable<string> Breaking(string[] lines, Func<string, string, bool> isBroken)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (isBroken(lines[i], i == 0 ? "" : lines[i - 1]))
            {
                yield return $"{i + 1}: {lines[i].Trim()}";
            }
        }
    }

    /// <summary>A line without its strings and its comment.</summary>
    private static string Code(string line) => Comment().Replace(StringLiteral().Replace(line, "\"\""), "");

    [GeneratedRegex(@"\b(Thread\.Sleep|Task\.Delay)\s*\(")]
    private static partial Regex Wait();

    [GeneratedRegex("// waits because .")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeWord();

    [GeneratedRegex(@"(?<![\w.$}])/(work|root|home/\w+|Users/\w+)/|\b[A-Z]:\\Users\\|\b(registry\.npmjs\.org|api\.nuget\.org|deb\.debian\.org|proxy\.golang\.org|repo1?\.maven\.org)")]
    private static partial Regex MachineTrace();

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex StringLiteral();

    [GeneratedRegex("(//|^\\s*\\*).*")]
    private static partial Regex Comment();
}
