using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

internal static class Text
{
    private static readonly Dictionary<string, ShortString> s_known = [];

    /// <summary>The same object for the same text: runs compare names often.</summary>
    internal static ShortString Name(string text)
    {
        if (!s_known.TryGetValue(text, out ShortString? name))
        {
            s_known.Add(text, name = ShortString.FromString(text));
        }

        return name;
    }
}
