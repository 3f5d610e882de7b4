using System.Text;
using System.Text.RegularExpressions;

namespace AmqpBroker.Core.Users;

/// <summary>
/// A regular expression of a permission. It need not match the whole name; the empty one matches the empty name alone. As in
/// RabbitMQ names are bytes: pattern and name are compared byte by byte, so that <c>.</c> is one byte of a name. Thread-safe.
/// </summary>
internal sealed class AccessPattern
{
    /// <summary>
    /// Patterns with look-around or back-references need a matcher that may try very many ways; a name that takes longer is
    /// refused. The lane waits meanwhile, so it is little; other patterns take time in proportion to the name.
    /// </summary>
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromMilliseconds(5);

    private readonly Regex? _regex;

    private AccessPattern(Regex? regex) => _regex = regex;

    /// <summary>Matches whatever the name is: nothing need be looked up or remembered.</summary>
    public bool MatchesAll => _regex is null;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static AccessPattern Parse(string pattern)
    {
        if (pattern is ".*")
        {
            return new AccessPattern(null);
        }

        string bytes = pattern.Length == 0 ? "^$" : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(pattern));
        try
        {
            return new AccessPattern(new Regex(bytes, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking));
        }
        catch (NotSupportedException)
        {
            return new AccessPattern(new Regex(bytes, RegexOptions.CultureInvariant, s_longestMatch));
        }
    }

    /// <summary>Whether the name is covered.</summary>
    public bool IsMatch(ReadOnlySpan<byte> name)
    {
        if (_regex is null)
        {
            return true;
        }

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
