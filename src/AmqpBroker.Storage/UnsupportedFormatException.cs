namespace AmqpBroker.Storage;

/// <summary>A file was written by a newer version of the broker; it is left as it is.</summary>
public sealed class UnsupportedFormatException : IOException
{
    private readonly string _what;
    private readonly int _found;
    private readonly int _known;

    /// <summary>Creates it for a kind of file, and the file itself where it is known.</summary>
    public UnsupportedFormatException(string what, int found, int known, string? path = null)
        : base($"{path ?? "The data directory"} holds {what} of format version {found}; this broker reads versions up to {known}. Use the newer broker that wrote it, or restore a backup that was made before the upgrade.")
    {
        _what = what;
        _found = found;
        _known = known;
    }

    /// <summary>The same, with the name of the file.</summary>
    internal UnsupportedFormatException In(string path) => new(_what, _found, _known, $"'{path}'");
}
