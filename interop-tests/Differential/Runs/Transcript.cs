using System.Text;
using System.Text.RegularExpressions;

namespace AmqpBroker.Differential.Runs;

/// <summary>
/// What one broker sent in one run of a scenario, by connection and channel: only within a channel is the order compared.
/// What was sent to it is kept for the reader. One thread writes.
/// </summary>
internal sealed partial class Transcript
{
    private readonly SortedDictionary<string, List<string>> _received = new(StringComparer.Ordinal);
    private readonly List<string> _log = [];
    private readonly Dictionary<string, string> _generated = [];
    private readonly Dictionary<string, int> _marks = [];

    /// <summary>Keeps what came, with generated names replaced by their order of appearance.</summary>
    public void Received(string channel, string line)
    {
        string normalised = GeneratedName().Replace(line, Replace);
        if (!_received.TryGetValue(channel, out List<string>? lines))
        {
            _received[channel] = lines = [];
        }

        lines.Add(normalised);
        _log.Add($"{channel} < {normalised}");
    }

    /// <summary>Keeps what the reader of a difference wants to know and no broker decides.</summary>
    public void Note(string line) => _log.Add(line);

    /// <summary>Everything in its order in time.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>What came on each channel since the last <see cref="EndFresh"/>.</summary>
    public IEnumerable<(string Channel, IReadOnlyList<string> Lines)> Fresh =>
        _received.Select(c => (c.Key, (IReadOnlyList<string>)c.Value[_marks.GetValueOrDefault(c.Key)..]));

    /// <summary>What has come so far is no longer fresh.</summary>
    public void EndFresh()
    {
        foreach ((string channel, List<string> lines) in _received)
        {
            _marks[channel] = lines.Count;
        }
    }

    /// <summary>The differences, one line each with both sides; empty if there are none.</summary>
    public static string Compare(Transcript expected, Transcript actual)
    {
        StringBuilder text = new();
        foreach (string channel in expected._received.Keys.Union(actual._received.Keys).Order(StringComparer.Ordinal))
        {
            List<string> theirs = expected._received.GetValueOrDefault(channel, []);
            List<string> ours = actual._received.GetValueOrDefault(channel, []);
            for (int i = 0; i < Math.Max(theirs.Count, ours.Count); i++)
            {
                string their = i < theirs.Count ? theirs[i] : "(nothing)";
                string our = i < ours.Count ? ours[i] : "(nothing)";
                if (their != our)
                {
                    text.Append($"{channel} #{i + 1}\n  RabbitMQ: {their}\n  here:     {our}\n");
                }
            }
        }

        return text.ToString();
    }

    [GeneratedRegex(@"amq\.gen-[A-Za-z0-9_-]{22}|amq\.ctag-[A-Za-z0-9_-]{22}|amq\.rabbitmq\.reply-to\.[A-Za-z0-9_=+/.-]+")]
    private static partial Regex GeneratedName();

    private string Replace(Match match)
    {
        if (!_generated.TryGetValue(match.Value, out string? name))
        {
            string kind = match.Value[..(match.Value.IndexOfAny(['-', 'r'], 4) + 1)];
            name = $"<{(kind.StartsWith("amq.gen", StringComparison.Ordinal) ? "gen" : kind.StartsWith("amq.ctag", StringComparison.Ordinal) ? "ctag" : "reply-to")} {_generated.Count + 1}>";
            _generated[match.Value] = name;
        }

        return name;
    }
}
