namespace AmqpBroker.Storage;

/// <summary>
/// A file system of which nothing is changed: what is written, renamed and deleted is so for the reader of this object alone,
/// in memory. So a start can be tried on a data directory that must stay as it is. Any thread.
/// </summary>
public sealed class OverlayFileSystem(IFileSystem below) : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OverlayFile> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IFile Open(string path, bool create)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out OverlayFile? file))
            {
                bool isBelow = !_gone.Contains(path) && below.FileExists(path);
                if (!isBelow && !create)
                {
                    throw new FileNotFoundException("No such file.", path);
                }

                _files[path] = file = new OverlayFile(isBelow ? below.OpenForReading(path) : null);
            }

            return file;
        }
    }

    /// <inheritdoc/>
    public IFile OpenForReading(string path) => Open(path, create: false);

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
        {
            return _files.ContainsKey(path) || (!_gone.Contains(path) && below.FileExists(path));
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        // Files need none here.
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string directory)
    {
        lock (_gate)
        {
            return
            [
                .. below.ListFiles(directory).Where(name => !_gone.Contains(Path.Combine(directory, name)))
                    .Union(_files.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(static path => Path.GetFileName(path)!)),
            ];
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            _files[to] = (OverlayFile)Open(from, create: false);
            _files.Remove(from);
            _gone.Add(from);
            _gone.Remove(to);
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            _files.Remove(path);
            _gone.Add(path);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        // Nothing of this outlives the process.
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path) => Stream.Null;
}
