using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// The regular expression of a policy or a permission. It need not match the whole name. As in RabbitMQ names are bytes:
/// <c>.</c> is one byte of a name. Immutable; any thread.
/// </summary>
internal sealed class NamePattern
{
    /// <summary>
    /// Only patterns with look-around or back-references can take long: they need a matcher that may try very many ways. The
    /// lane waits meanwhile, so it is little; sensible patterns take microseconds.
    /// </summary>
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A name that takes longer this many times does not match. Once may be because something else had the processor, and
    /// nobody is to lose a right or a policy for that.
    /// </summary>
    private const int Tries = 2;

    private readonly Regex? _regex;

    private NamePattern(string text, Regex? regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As it was written.</summary>
    internal string Text { get; }

    /// <summary>Matches whatever the name is: nothing need be looked up or remembered.</summary>
    internal bool MatchesAll => _regex is null;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="RegexParseException">It is no regular expression.</exception>
    internal static NamePattern Parse(string text)
    {
        if (text is ".*")
        {
            return new NamePattern(text, null);
        }

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
        if (_regex is null)
        {
            return true;
        }

        Span<char> text = stackalloc char[name.Length];
        Encoding.Latin1.GetChars(name, text);
        for (int tried = 0; tried < Tries; tried++)
        {
            try
            {
                return _regex.IsMatch(text);
            }
            catch (RegexMatchTimeoutException)
            {
                // Once more, or it is too long.
            }
        }

        return false;
    }
}
