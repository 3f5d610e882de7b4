using System.Globalization;
using System.Text.RegularExpressions;

namespace AmqpBroker.JournalDump;

/// <summary>A file of a quarantine folder that holds a part of another: where in the log, or in the file, it stood.</summary>
/// <param name="OfSegment">A part of the log; otherwise of a checkpoint.</param>
/// <param name="Position">Its position there.</param>
internal sealed partial record Fragment(bool OfSegment, long Position)
{
    /// <summary>Reads it off the name; null when the file is no such part.</summary>
    public static Fragment? Of(string name) =>
        Name().Match(name) is { Success: true } match && long.TryParse(match.Groups[2].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long position)
            ? new Fragment(match.Groups[1].Value == "segment", position)
            : null;

    [GeneratedRegex(@"^(?:tail-)?(segment|checkpoint)-\d+\.(?:log|images|manifest)-(\d+)-\d+$")]
    private static partial Regex Name();
}
