namespace AmqpBroker.Storage;

/// <summary>
/// All that the store asks of the machine's files, so that tests can lose, tear and refuse it. Paths are absolute or relative
/// to the process. Every member may throw <see cref="IOException"/>, and <see cref="DiskFullException"/> where room is asked for.
/// </summary>
public interface IFileSystem
{
    /// <summary>Opens a file for reading and writing; with <paramref name="create"/>, an empty one is made if there is none.</summary>
    /// <exception cref="FileNotFoundException">There is none and none is to be made.</exception>
    IFile Open(string path, bool create);

    /// <summary>Opens a file for reading alone: nothing is asked of the disk but that.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    IFile OpenForReading(string path) => Open(path, create: false);

    /// <summary>True when there is a file of that name.</summary>
    bool FileExists(string path);

    /// <summary>Creates a directory and those above it; nothing when it is there.</summary>
    void CreateDirectory(string path);

    /// <summary>The names (without directory) of the files in a directory, in no certain order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Gives a file a new name, replacing one that has it. Durable only after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file. Durable only after <see cref="SyncDirectory"/>.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a directory durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Holds a lock on a file (made if need be) until it is disposed or the process ends; null when another holds it.</summary>
    IDisposable? TryLock(string path);
}
