using System.Collections.Concurrent;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting;

/// <summary>Journals in files: one folder each in the data directory.</summary>
internal sealed partial class FileJournals(string directory, JournalSync sync, ILogger logger) : IJournalFactory
{
    private readonly ConcurrentDictionary<string, FileJournal> _open = new();
    private int _damagedPlaces;

    /// <inheritdoc/>
    public int DamagedPlaces => Volatile.Read(ref _damagedPlaces);

    /// <summary>Refuses files of a newer version before any journal is opened, and so changed.</summary>
    /// <exception cref="UnsupportedFormatException">The newest broker that used the directory must be used again.</exception>
    public void CheckFormats()
    {
        if (Directory.Exists(directory))
        {
            foreach (string journal in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
            {
                FileJournal.CheckFormat(FileSystems.Machine, journal);
            }
        }
    }

    /// <inheritdoc/>
    public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        var options = new FileJournalOptions { Directory = Path.Combine(directory, name), Sync = sync, DamageFound = found => NoteDamage(name, found) };
        FileJournal journal = FileJournal.Open(options, FileSystems.Machine, replay);
        RecoveryInfo recovery = journal.Recovery;
        cleanStop = recovery.CleanStop;
        _open[name] = journal;
        LogRecovered(logger, name, recovery.Images, recovery.Records, recovery.Bytes, recovery.CleanStop);
        if (recovery.TruncatedTailBytes > 0)
        {
            LogTail(logger, name, recovery.TruncatedTailBytes);
        }

        foreach (QuarantinedRange range in recovery.Quarantined)
        {
            NoteDamage(name, range);
        }

        return journal;
    }

    private void NoteDamage(string journal, QuarantinedRange range)
    {
        Interlocked.Increment(ref _damagedPlaces);
        LogQuarantined(logger, journal, range.File, range.Position, range.Length, range.Reason);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Existing =>
        Directory.Exists(directory) ? Directory.EnumerateDirectories(directory).Select(static d => Path.GetFileName(d)!) : [];

    /// <inheritdoc/>
    public void Delete(string name)
    {
        AwaitRelease(name);
        string folder = Path.Combine(directory, name);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
            LogDeleted(logger, name);
        }
    }

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "Journal '{Journal}' of a deleted virtual host was removed")]
    private static partial void LogDeleted(ILogger logger, string journal);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Journal '{Journal}' recovered: {Images} images, {Records} records, {Bytes} bytes; stopped in order before: {CleanStop}")]
    private static partial void LogRecovered(ILogger logger, string journal, long images, long records, long bytes, bool cleanStop);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "Journal '{Journal}': {Bytes} bytes at its end, not known to be durable, are unfinished or damaged: cut off, with a copy in its quarantine folder")]
    private static partial void LogTail(ILogger logger, string journal, long bytes);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "Journal '{Journal}': damage in {File} at {Position}, {Length} bytes, put aside: {Reason}")]
    private static partial void LogQuarantined(ILogger logger, string journal, string file, long position, long length, string reason);
}
