namespace AmqpBroker.SpecGenerator;

/// <summary>From the specification's names to C#'s.</summary>
internal static class Naming
{
    /// <summary>get-ok → GetOk.</summary>
    public static string Pascal(string name) =>
        string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>access-refused → ACCESS_REFUSED.</summary>
    public static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');
}
