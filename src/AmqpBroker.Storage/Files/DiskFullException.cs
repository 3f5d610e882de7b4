namespace AmqpBroker.Storage;

/// <summary>The disk, or the quota on it, has no room for a write.</summary>
public sealed class DiskFullException : IOException
{
    /// <summary>Creates it for a file.</summary>
    public DiskFullException(string path)
        : base($"No room on the disk for '{path}'.")
    {
    }
}
