namespace AmqpBroker.Storage;

/// <summary>A finished backup: says whether it is still what was written, and brings it back into a data directory. One thread.</summary>
public sealed class BackupFolder
{
    private readonly IFileSystem _fileSystem;
    private readonly string _folder;

    private BackupFolder(IFileSystem fileSystem, string folder, BackupManifest manifest)
    {
        _fileSystem = fileSystem;
        _folder = folder;
        Manifest = manifest;
    }

    /// <summary>What belongs to it.</summary>
    public BackupManifest Manifest { get; }

    /// <summary>The bytes of all its files.</summary>
    public long Bytes => Manifest.Files.Sum(static f => f.Bytes);

    /// <summary>True when there is a manifest in a folder.</summary>
    public static bool IsBackup(string folder) => File.Exists(Path.Combine(folder, BackupManifest.FileName));

    /// <summary>Reads the manifest.</summary>
    /// <exception cref="IOException">It is not a backup, or its manifest is damaged.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version made it.</exception>
    public static BackupFolder Open(IFileSystem fileSystem, string folder)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        folder = Path.GetFullPath(folder);
        string path = Path.Combine(folder, BackupManifest.FileName);
        if (!File.Exists(path))
        {
            throw new IOException($"'{folder}' is not a backup: it has no {BackupManifest.FileName}.");
        }

        try
        {
            return new BackupFolder(fileSystem, folder, BackupManifest.Read(File.ReadAllBytes(path)));
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"'{path}' {e.Message}.", e);
        }
    }

    /// <summary>Compares every file with the manifest; gives what is wrong, in words.</summary>
    public IReadOnlyList<string> Verify(Action<long> progress, CancellationToken cancellation)
    {
        FileCopier reader = new(_fileSystem, new CopyPace(0), progress);
        List<string> wrong = [];
        foreach (BackupFile file in Manifest.Files)
        {
            string path = Path.Combine(_folder, file.Path);
            if (!File.Exists(path))
            {
                wrong.Add($"'{file.Path}' is missing.");
            }
            else if (new FileInfo(path).Length != file.Bytes)
            {
                wrong.Add($"'{file.Path}' has {new FileInfo(path).Length} bytes instead of {file.Bytes}.");
            }
            else if (reader.Checksum(path, file.Bytes, cancellation) != file.Crc)
            {
                wrong.Add($"'{file.Path}' fails its checksum.");
            }
        }

        return wrong;
    }

    /// <summary>
    /// Writes the backup into a data directory that is empty or not there. It appears there at once when all of it is written
    /// and synced; a broker does not start on a part of it.
    /// </summary>
    /// <exception cref="IOException">The directory is not empty or in use, the backup is damaged, or the disk refuses.</exception>
    public void RestoreTo(string directory, Action<long> progress, CancellationToken cancellation)
    {
        directory = Path.GetFullPath(directory);
        if (!StoreFolders.IsFree(directory, StoreFolders.Restoring, DataDirectoryLock.FileName))
        {
            throw new IOException($"'{directory}' is not empty; a backup is restored into a directory of its own.");
        }

        using DataDirectoryLock held = DataDirectoryLock.Acquire(_fileSystem, directory);
        string restoring = Path.Combine(directory, StoreFolders.Restoring);
        if (Directory.Exists(restoring))
        {
            Directory.Delete(restoring, recursive: true);
        }

        _fileSystem.CreateDirectory(Path.Combine(restoring, StoreFolders.Journals));
        FileCopier copier = new(_fileSystem, new CopyPace(0), progress);
        foreach (IGrouping<string, BackupFile> journal in Manifest.Files.GroupBy(static f => Path.GetDirectoryName(f.Path)!))
        {
            string to = Path.Combine(restoring, journal.Key);
            _fileSystem.CreateDirectory(to);
            foreach (BackupFile file in journal)
            {
                string from = Path.Combine(_folder, file.Path);
                if (copier.Copy(from, Path.Combine(restoring, file.Path), file.Bytes, cancellation) != file.Crc)
                {
                    throw new IOException($"'{from}' fails its checksum.");
                }
            }

            _fileSystem.SyncDirectory(to);
        }

        Directory.Move(Path.Combine(restoring, StoreFolders.Journals), Path.Combine(directory, StoreFolders.Journals));
        Directory.Delete(restoring, recursive: true);
        _fileSystem.SyncDirectory(directory);
    }
}
