namespace AmqpBroker.Storage;

/// <summary>Another process, or another journal of this one, uses the directory.</summary>
public sealed class DataDirectoryLockedException : IOException
{
    /// <summary>Creates it for a directory.</summary>
    public DataDirectoryLockedException(string directory)
        : base($"The data directory '{directory}' is in use by another broker process. Stop that one, or give this one a directory of its own.")
    {
    }
}

/// <summary>Keeps a data directory to one process. Disposing it gives the directory up.</summary>
public sealed class DataDirectoryLock : IDisposable
{
    /// <summary>The file whose lock stands for the directory. It stays when the lock is given up.</summary>
    public const string FileName = "lock";

    private readonly IDisposable _held;

    private DataDirectoryLock(IDisposable held) => _held = held;

    /// <summary>Takes the directory (made if need be).</summary>
    /// <exception cref="DataDirectoryLockedException">Somebody else has it.</exception>
    public static DataDirectoryLock Acquire(IFileSystem fileSystem, string directory)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        fileSystem.CreateDirectory(directory);
        IDisposable? held = fileSystem.TryLock(Path.Combine(directory, FileName));
        return held is null ? throw new DataDirectoryLockedException(directory) : new DataDirectoryLock(held);
    }

    /// <summary>
    /// Takes a directory that is there and changes nothing in it, so that nobody begins to use it. Null when a broker has it.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">The lock file may not be read.</exception>
    public static DataDirectoryLock? TryAcquireExisting(string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            // Nobody has ever used it: a backup, or what a restore has just made.
            return new DataDirectoryLock(Stream.Null);
        }

        IDisposable? held = PortableFileSystem.TryLockExisting(path);
        return held is null ? null : new DataDirectoryLock(held);
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();
}
