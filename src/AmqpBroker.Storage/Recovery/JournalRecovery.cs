namespace AmqpBroker.Storage;

/// <summary>What an opening found, as far as the journal goes on with it.</summary>
internal sealed record RecoveredLog(
    ulong JournalId,
    long Epoch,
    long NextPosition,
    uint PreviousCrc,
    long ReplayFrom,
    long CheckpointNumber,
    List<Segment> Segments,
    bool NeedsNewSegment,
    RecoveryInfo Info);

/// <summary>Opens a journal's directory: checkpoint, segments, log, tail. Single-threaded, before the journal serves.</summary>
internal static class JournalRecovery
{
    /// <summary>Reads everything and repairs the tail.</summary>
    public static RecoveredLog Run(FileJournalOptions options, IFileSystem fileSystem, IJournalReplay replay, SpareSegments spares)
    {
        FormatCheck.Run(fileSystem, options.Directory);
        QuarantineFolder quarantine = new(fileSystem, options.Directory);
        LoadedCheckpoint? checkpoint = CheckpointReader.LoadNewest(fileSystem, options.Directory, replay, quarantine);
        SegmentDirectory directory = new(fileSystem, options, spares, quarantine);
        List<Segment> segments = directory.Load(checkpoint?.JournalId);
        ulong journalId = directory.JournalId ?? options.NewJournalId ?? (ulong)Random.Shared.NextInt64(1, long.MaxValue);

        LogScanner log = new(segments, journalId, replay, quarantine);
        log.Run(checkpoint?.ReplayFrom ?? 0, checkpoint?.Durable ?? 0);
        (List<Segment> kept, long cutBytes) = new TailRepair(spares, quarantine, journalId).Run(segments, log);
        fileSystem.SyncDirectory(options.Directory);

        long epoch = Math.Max(Math.Max(log.Epoch, directory.Epoch), checkpoint?.Epoch ?? 0) + 1;
        return new RecoveredLog(
            journalId,
            epoch,
            log.End,
            log.PreviousCrc ?? 0,
            checkpoint?.ReplayFrom ?? 0,
            CheckpointReader.HighestNumber(fileSystem, options.Directory),
            kept,
            NeedsNewSegment: kept.Count == 0
                || !ReferenceEquals(log.SegmentAt(log.End), kept[^1])
                // An older broker looks at the headers of segments: what it would not understand must begin with one.
                || kept[^1].FormatVersion < StoreFormat.Version,
            new RecoveryInfo
            {
                Images = checkpoint?.Images ?? 0,
                Batches = log.Batches,
                Records = log.Records,
                Bytes = log.Bytes,
                ReplayedFrom = checkpoint?.ReplayFrom ?? 0,
                Epoch = epoch,
                CleanStop = log.Closed || (segments.Count == 0 && checkpoint is null),
                TruncatedTailBytes = cutBytes,
                Quarantined = [.. quarantine.Ranges],
            });
    }
}
