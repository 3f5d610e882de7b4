using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Checks;

/// <summary>The journals of a data directory, opened as a start would, on an overlay: the directory stays as it is.</summary>
internal sealed class TriedJournals(string directory) : IJournalFactory
{
    private readonly OverlayFileSystem _overlay = new(FileSystems.Machine);

    /// <summary>What each opening found, by name.</summary>
    public Dictionary<string, RecoveryInfo> Found { get; } = [];

    public IEnumerable<string> Existing => StoreFolders.JournalsIn(directory).Select(static d => Path.GetFileName(d)!);

    public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        // Small segments: what a start makes for its use is memory here.
        FileJournal journal = FileJournal.Open(
            new FileJournalOptions
            {
                Directory = Path.Combine(directory, StoreFolders.Journals, name),
                FirstSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
                MaxSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
            },
            _overlay,
            replay);
        cleanStop = journal.Recovery.CleanStop;
        Found[name] = journal.Recovery;
        return journal;
    }

    public void Delete(string name)
    {
        // What a start would remove stays.
    }
}
