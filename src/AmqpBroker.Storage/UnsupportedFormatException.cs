namespace AmqpBroker.Storage;

/// <summary>A file was written by a newer version of the broker; it is left as it is.</summary>
public sealed class UnsupportedFormatException : IOException
{
    /// <summary>Creates it for a kind of file.</summary>
    public UnsupportedFormatException(string what, int found, int known)
        : base($"The data directory holds {what} of format version {found}; this broker reads versions up to {known}. Use the newer broker that wrote it.")
    {
    }
}
