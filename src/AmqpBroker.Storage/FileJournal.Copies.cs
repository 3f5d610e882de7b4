namespace AmqpBroker.Storage;

/// <content>What a copy of a journal that serves is made from. Any thread.</content>
public sealed partial class FileJournal
{
    private readonly FilePins _pins = new();

    /// <summary>
    /// Holds the newest checkpoint and the segments with all that was committed up to now, so that they can be copied while
    /// the journal goes on. What they take on the disk does not shrink until they are released.
    /// </summary>
    /// <returns>Null when the journal is closed.</returns>
    public HeldFiles? HoldFiles()
    {
        if (Volatile.Read(ref _disposed))
        {
            return null;
        }

        long position = 0;
        List<FilePart> files = [];
        IReadOnlyList<Segment> held = _pins.Hold(() =>
        {
            // In this order: the log must reach at least as far as what the checkpoint knows to be durable.
            files.AddRange(CheckpointFiles());
            Segment[] segments = _segments.Snapshot;
            position = Math.Max(CommittedPosition, _writer.Synced);
            List<Segment> chosen = [];
            for (int i = 0; i < segments.Length; i++)
            {
                if (segments[i].Start < position && segments[i].File is { } file)
                {
                    long end = Math.Min(position, i + 1 < segments.Length ? segments[i + 1].Start : position);
                    chosen.Add(segments[i]);
                    files.Add(new FilePart(file.Name, Math.Min(segments[i].OffsetOf(end), file.Bytes)));
                }
            }

            return chosen;
        });
        HeldFiles holding = new(_options.Directory, position, files, () =>
        {
            _pins.Release(held);
            SignalBackground();
        });
        if (Volatile.Read(ref _disposed))
        {
            holding.Dispose();
            return null;
        }

        return holding;
    }

    private IEnumerable<FilePart> CheckpointFiles()
    {
        foreach (string name in _fileSystem.ListFiles(_options.Directory).Order(StringComparer.Ordinal))
        {
            if (StoreNames.TryParseImages(name, out _) || StoreNames.TryParseManifest(name, out _))
            {
                using IFile file = _fileSystem.OpenForReading(Path.Combine(_options.Directory, name));
                yield return new FilePart(name, file.Length);
            }
        }
    }
}
