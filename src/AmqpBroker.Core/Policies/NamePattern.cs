using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AmqpBroker.Core.Arguments;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// The regular expression of a policy. It need not match the whole name. As in RabbitMQ names are bytes: <c>.</c> is one byte
/// of a name. Immutable; any thread.
/// </summary>
internal sealed class NamePattern
{
    /// <summary>
    /// Only patterns with look-around or back-references can take long: they need a matcher that may try very many ways. A
    /// name that takes longer does not match. The lane waits meanwhile, so it is little.
    /// </summary>
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromMilliseconds(5);

    private readonly Regex _regex;

    private NamePattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As it was written.</summary>
    internal string Text { get; }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="RegexParseException">It is no regular expression.</exception>
    internal static NamePattern Parse(string text)
    {
        string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        try
        {
            // The time of these grows with the name, and with nothing else.
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            return new NamePattern(text, new Regex(bytes, options));
        }
        catch (NotSupportedException)
        {
            return new NamePattern(text, new Regex(bytes, RegexOptions.CultureInvariant, s_longestMatch));
        }
    }

    /// <summary>What is wrong with a pattern, as RabbitMQ prints it: the words of its regular expressions and where.</summary>
    internal static string Explain(RegexParseException fault, string text)
    {
        int end = Encoding.UTF8.GetByteCount(text);
        (string words, int at) = fault.Error switch
        {
            RegexParseError.InsufficientClosingParentheses => ("missing )", end),
            RegexParseError.InsufficientOpeningParentheses => ("unmatched parentheses", fault.Offset - 1),
            RegexParseError.UnterminatedBracket => ("missing terminating ] for character class", end),
            RegexParseError.QuantifierAfterNothing or RegexParseError.NestedQuantifiersNotParenthesized => ("nothing to repeat", fault.Offset - 1),
            RegexParseError.ReversedCharacterRange => ("range out of order in character class", fault.Offset - 1),
            RegexParseError.UnescapedEndingBackslash => ("\\ at end of pattern", end),
            _ => (fault.Message, fault.Offset),
        };
        string quoted = ErlangTerm.FormatCharacters(Encoding.UTF8.GetBytes(words));
        return string.Create(CultureInfo.InvariantCulture, $"{{{quoted},{at}}}");
    }

    /// <summary>Whether there is a match somewhere in the name.</summary>
    internal bool IsMatch(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[name.Length];
        Encoding.Latin1.GetChars(name, text);
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
