using System.Globalization;

namespace AmqpBroker.HistoryCheck;

/// <summary>A history that cannot be read: a fault of its writer, not of the broker.</summary>
public sealed class HistoryFormatException(int line, string text) : Exception($"line {line}: {text}");

/// <summary>One line of a history: a word for what happened, words in their order, flags and values by name.</summary>
internal sealed class HistoryLine
{
    private readonly List<string> _words = [];
    private readonly Dictionary<string, string> _values = [];

    internal HistoryLine(int number, string text)
    {
        Number = number;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                _values[word[..equals]] = word[(equals + 1)..];
            }
            else
            {
                _words.Add(word);
            }
        }
    }

    /// <summary>The first line is 1.</summary>
    internal int Number { get; }

    internal string What => _words[0];

    internal bool IsEmpty => _words.Count == 0 || _words[0][0] == '#';

    internal string this[int index] =>
        index < _words.Count ? _words[index] : throw new HistoryFormatException(Number, $"'{What}' needs more words.");

    internal bool Has(string flag) => _words.LastIndexOf(flag) > 0;

    internal string? Value(string name) => _values.GetValueOrDefault(name);

    internal long Id(int index) => Parse(this[index]);

    internal long? Count(string name) => Value(name) is { } text ? Parse(text) : null;

    private long Parse(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new HistoryFormatException(Number, $"'{text}' is not a number.");
}
