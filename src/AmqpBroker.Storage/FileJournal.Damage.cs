namespace AmqpBroker.Storage;

/// <content>What is found damaged while the journal serves, and looking through what is left.</content>
public sealed partial class FileJournal
{
    /// <summary>Damaged places that are remembered, so that each is told once; a disk that has more is past telling.</summary>
    private const int PlacesRemembered = 10_000;

    // Guarded by the reader, whose lock is held when something is found.
    private readonly HashSet<(string File, long Position)> _foundDamaged = [];

    /// <inheritdoc/>
    public void ReadRecords(long from, long upTo, JournalRecordVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        long committed = CommittedPosition;
        Segment[] segments = _segments.Snapshot;
        for (int i = 0; i < segments.Length; i++)
        {
            Segment segment = segments[i];
            long end = i + 1 < segments.Length ? segments[i + 1].Start : committed;
            if (segment.File is null || segment.Start >= Math.Min(upTo, committed) || end <= from)
            {
                continue;
            }

            try
            {
                RecordReading.Run(segment, _writer.JournalId, from, Math.Min(upTo, committed), committed, visit);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // What a file does not give, or one that was given up meanwhile, is missing like what is damaged.
            }
        }
    }

    /// <summary>Copies what failed its checksum to the quarantine folder, where it stays when the segment is used for other things.</summary>
    private void PutAside(Segment segment, QuarantinedRange range)
    {
        if (_foundDamaged.Count >= PlacesRemembered || !_foundDamaged.Add((range.File, range.Position)))
        {
            return;
        }

        QuarantineFolder quarantine = new(_fileSystem, _options.Directory);
        quarantine.Add(range, segment.File!.File, segment.OffsetOf(range.Position));
        foreach (QuarantinedRange found in quarantine.Ranges)
        {
            _options.DamageFound?.Invoke(found);
        }
    }
}
