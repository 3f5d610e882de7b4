using System.Globalization;

namespace AmqpBroker.Storage;

/// <summary>Puts aside what failed a checksum, and keeps the list of it for the report.</summary>
internal sealed class QuarantineFolder(IFileSystem fileSystem, string directory)
{
    private const int StepBytes = 1 << 20;
    private readonly List<QuarantinedRange> _ranges = [];
    private readonly string _folder = Path.Combine(directory, StoreNames.Quarantine);

    public IReadOnlyList<QuarantinedRange> Ranges => _ranges;

    /// <summary>Reports a range, and copies its bytes if there are any.</summary>
    public void Add(QuarantinedRange range, IFile? file, long offset)
    {
        _ranges.Add(range);
        if (file is not null)
        {
            Copy(string.Create(CultureInfo.InvariantCulture, $"{range.File}-{range.Position}-{range.Length}"), file, offset, range.Length);
        }
    }

    /// <summary>Copies bytes without reporting them as damage: an unfinished tail.</summary>
    public void Copy(string name, IFile file, long offset, long length)
    {
        string path = Path.Combine(_folder, name);
        try
        {
            fileSystem.CreateDirectory(_folder);
            if (fileSystem.FileExists(path))
            {
                return;
            }

            using IFile copy = fileSystem.Open(path + StoreNames.Unfinished, create: true);
            byte[] buffer = new byte[(int)Math.Min(StepBytes, Math.Max(length, 0))];
            for (long done = 0; done < length;)
            {
                int count = file.Read(offset + done, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)));
                if (count == 0)
                {
                    break;
                }

                copy.Write(done, buffer.AsSpan(0, count));
                done += count;
            }

            copy.Sync();
            fileSystem.Rename(path + StoreNames.Unfinished, path);
            fileSystem.SyncDirectory(_folder);
        }
        catch (IOException e)
        {
            // The copy is a courtesy: want of room for it must not keep the broker from starting. The report says so.
            _ranges.Add(new QuarantinedRange(name, offset, length, $"could not be copied to the quarantine folder: {e.Message}"));
        }
    }

    /// <summary>Moves a whole file there and reports it.</summary>
    public void Move(string name, long length, string reason)
    {
        fileSystem.CreateDirectory(_folder);
        fileSystem.Rename(Path.Combine(directory, name), Path.Combine(_folder, name));
        fileSystem.SyncDirectory(_folder);
        fileSystem.SyncDirectory(directory);
        _ranges.Add(new QuarantinedRange(name, 0, length, reason));
    }
}
