namespace AmqpBroker.Storage;

/// <summary>Opens the segment files of a directory and tells segments, spare files and unreadable ones apart.</summary>
internal sealed class SegmentDirectory(IFileSystem fileSystem, FileJournalOptions options, SpareSegments spares, QuarantineFolder quarantine)
{
    private readonly List<(SegmentFile File, SegmentHeader Header)> _found = [];

    /// <summary>The journal's identity as most segments say, or what the checkpoint said, or null in a new directory.</summary>
    public ulong? JournalId { get; private set; }

    /// <summary>The highest epoch a segment header names.</summary>
    public long Epoch { get; private set; }

    /// <summary>Reads the directory. Gives the segments in order of their position.</summary>
    public List<Segment> Load(ulong? knownJournalId)
    {
        foreach (string name in fileSystem.ListFiles(options.Directory).Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(StoreNames.Unfinished, StringComparison.Ordinal))
            {
                fileSystem.Delete(Path.Combine(options.Directory, name));
            }
            else if (StoreNames.TryParseSegment(name, out long number))
            {
                spares.NoteNumber(number);
                LoadFile(name);
            }
        }

        JournalId = knownJournalId ?? MostCommonId();
        foreach ((SegmentFile file, _) in _found.Where(f => f.Header.JournalId != JournalId).ToList())
        {
            file.File.Dispose();
            quarantine.Move(file.Name, file.Bytes, "a segment of another journal");
            _found.RemoveAll(f => ReferenceEquals(f.File, file));
        }

        List<Segment> segments = [];
        foreach ((SegmentFile file, SegmentHeader header) in _found.OrderBy(f => f.Header.Start).ThenByDescending(f => f.Header.Epoch))
        {
            if (segments.Count > 0 && segments[^1].Start == header.Start)
            {
                file.File.Dispose();
                quarantine.Move(file.Name, file.Bytes, "a second segment for the same position");
                continue;
            }

            Epoch = Math.Max(Epoch, header.Epoch);
            segments.Add(new Segment(header.Start, file.Bytes) { File = file, HeaderWritten = true, FormatVersion = header.FormatVersion });
        }

        return segments;
    }

    private void LoadFile(string name)
    {
        IFile file = fileSystem.Open(Path.Combine(options.Directory, name), create: false);
        SegmentFile segment = new(name, file, file.Length);
        byte[] start = new byte[SegmentHeader.Bytes + BatchLayout.HeaderBytes];
        int count = file.Read(0, start);
        ReadOnlySpan<byte> batchBytes = count > SegmentHeader.Bytes ? start.AsSpan(SegmentHeader.Bytes) : [];
        if (SegmentHeader.TryRead(start.AsSpan(0, count), out SegmentHeader header))
        {
            _found.Add((segment, header));
        }
        else if (BatchHeader.TryRead(batchBytes, out BatchHeader batch))
        {
            // The first batch says as well where the segment starts. A header that is all zeros was only not synced yet.
            if (start.AsSpan(0, SegmentHeader.UsedBytes).ContainsAnyExcept((byte)0))
            {
                quarantine.Add(new QuarantinedRange(name, 0, SegmentHeader.UsedBytes, "the segment's header"), file, 0);
            }

            _found.Add((segment, batch.AsSegment()));
        }
        else if (!start.AsSpan(0, SegmentHeader.UsedBytes).ContainsAnyExcept((byte)0) && !batchBytes.ContainsAnyExcept((byte)0))
        {
            spares.Add(segment);
        }
        else
        {
            file.Dispose();
            quarantine.Move(name, segment.Bytes, "neither the segment's header nor its first batch can be read");
        }
    }

    private ulong? MostCommonId() => _found.Count == 0
        ? null
        : _found.GroupBy(f => f.Header.JournalId).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
}
