namespace AmqpBroker.Storage;

/// <summary>A journal as it is to be copied.</summary>
/// <param name="Name">Its name, which is that of its directory.</param>
/// <param name="Directory">Where it lies.</param>
/// <param name="Files">Its files, or as much of them as belongs to the copy.</param>
public sealed record JournalSource(string Name, string Directory, IReadOnlyList<FilePart> Files)
{
    /// <summary>All bytes to be copied.</summary>
    public long Bytes => Files.Sum(static f => f.Bytes);

    /// <summary>
    /// A journal that nobody has open: its checkpoints and its segments, whole, whatever is in them. Spare segments hold
    /// nothing and are left out, as is what was put aside.
    /// </summary>
    public static JournalSource OfStopped(IFileSystem fileSystem, string directory)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(directory);
        List<FilePart> files = [];
        foreach (string name in fileSystem.ListFiles(directory).Order(StringComparer.Ordinal))
        {
            bool isSegment = StoreNames.TryParseSegment(name, out _);
            if (!isSegment && !StoreNames.TryParseImages(name, out _) && !StoreNames.TryParseManifest(name, out _))
            {
                continue;
            }

            using IFile file = fileSystem.OpenForReading(Path.Combine(directory, name));
            if (!isSegment || !SpareSegments.IsBlank(file))
            {
                files.Add(new FilePart(name, file.Length));
            }
        }

        return new JournalSource(Path.GetFileName(directory), directory, files);
    }
}
