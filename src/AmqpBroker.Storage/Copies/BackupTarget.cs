namespace AmqpBroker.Storage;

/// <summary>
/// A backup on its way to its folder: it grows beside it under a name that says so, and gets its own name when it is complete,
/// synced and verified. Disposed before that, it leaves nothing. One thread.
/// </summary>
public sealed class BackupTarget : IDisposable
{
    private readonly IFileSystem _fileSystem;
    private readonly string _folder;
    private readonly string _unfinished;
    private readonly DataDirectoryLock _lock;
    private readonly List<BackupFile> _files = [];
    private bool _complete;

    private BackupTarget(IFileSystem fileSystem, string folder, string unfinished, DataDirectoryLock held)
    {
        _fileSystem = fileSystem;
        _folder = folder;
        _unfinished = unfinished;
        _lock = held;
    }

    /// <summary>The files copied so far.</summary>
    public IReadOnlyList<BackupFile> Files => _files;

    /// <summary>Makes the place; what an earlier attempt left there is removed.</summary>
    /// <exception cref="IOException">The folder is there and not empty, another backup to it is under way, or the disk refuses.</exception>
    public static BackupTarget Prepare(IFileSystem fileSystem, string folder)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!StoreFolders.IsFree(folder))
        {
            throw new IOException($"'{folder}' is there already and not empty.");
        }

        string unfinished = folder + StoreFolders.Unfinished;
        fileSystem.CreateDirectory(unfinished);
        DataDirectoryLock held;
        try
        {
            held = DataDirectoryLock.Acquire(fileSystem, unfinished);
        }
        catch (DataDirectoryLockedException)
        {
            throw new IOException($"Another backup to '{folder}' is under way.");
        }

        foreach (string left in Directory.EnumerateFileSystemEntries(unfinished).Where(static e => Path.GetFileName(e) != DataDirectoryLock.FileName).ToList())
        {
            if (Directory.Exists(left))
            {
                Directory.Delete(left, recursive: true);
            }
            else
            {
                File.Delete(left);
            }
        }

        return new BackupTarget(fileSystem, folder, unfinished, held);
    }

    /// <summary>Copies a journal and makes the copy durable.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Copy(JournalSource journal, CopyPace pace, Action<long> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(journal);
        string directory = Path.Combine(_unfinished, StoreFolders.Journals, journal.Name);
        _fileSystem.CreateDirectory(directory);
        FileCopier copier = new(_fileSystem, pace, progress);
        foreach (FilePart part in journal.Files)
        {
            uint crc = copier.Copy(Path.Combine(journal.Directory, part.Name), Path.Combine(directory, part.Name), part.Bytes, cancellation);
            _files.Add(new BackupFile($"{StoreFolders.Journals}/{journal.Name}/{part.Name}", part.Bytes, crc));
        }

        _fileSystem.SyncDirectory(directory);
    }

    /// <summary>Reads the copy back, writes down what belongs to it, and gives it its name.</summary>
    /// <exception cref="IOException">The copy is not what was copied, or the disk refuses.</exception>
    public void Complete(DateTimeOffset created, string product, Action<long> progress, CancellationToken cancellation)
    {
        FileCopier reader = new(_fileSystem, new CopyPace(0), progress);
        foreach (BackupFile file in _files)
        {
            string path = Path.Combine(_unfinished, file.Path);
            if (reader.Checksum(path, file.Bytes, cancellation) != file.Crc)
            {
                throw new IOException($"'{path}' is not what was written there: the disk cannot be trusted.");
            }
        }

        // Made whole before it is named: a folder with a manifest is a backup.
        string manifest = Path.Combine(_unfinished, BackupManifest.FileName);
        using (IFile file = _fileSystem.Open(manifest, create: true))
        {
            file.Write(0, new BackupManifest(created, product, _files).ToBytes());
            file.Sync();
        }

        _lock.Dispose();
        File.Delete(Path.Combine(_unfinished, DataDirectoryLock.FileName));
        _fileSystem.SyncDirectory(_unfinished);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder);
        }

        Directory.Move(_unfinished, _folder);
        _fileSystem.SyncDirectory(Path.GetDirectoryName(_folder) ?? _folder);
        _complete = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_complete && Directory.Exists(_unfinished))
        {
            _lock.Dispose();
            Directory.Delete(_unfinished, recursive: true);
        }
    }
}
