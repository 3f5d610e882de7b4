namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>Topic patterns matched by trying everything, straight from the rule.</summary>
internal static class TopicModel
{
    public static bool Matches(string pattern, string key) => Matches(Words(pattern), Words(key));

    private static string[] Words(string text) => text.Length == 0 ? [] : text.Split('.');

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
        {
            return key.IsEmpty;
        }

        if (pattern[0] == "#")
        {
            return Matches(pattern[1..], key) || (!key.IsEmpty && Matches(pattern, key[1..]));
        }

        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Matches(pattern[1..], key[1..]);
    }
}
