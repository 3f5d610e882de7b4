using AmqpBroker.Core.Queues;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// A run of ready messages of one priority level that are in the journal alone: what memory keeps of a thousand of them.
/// Its index (where each message stands) is a record of the journal, or in memory for what a start found. Lane only, but for
/// what never changes.
/// </summary>
internal sealed class ColdPage
{
    /// <summary>The most messages of a page: with more, the first of them would wait long for the last.</summary>
    internal const int MaxEntries = 1024;

    /// <summary>The most bytes of bodies in a page that has more than one message.</summary>
    internal const long MaxBytes = 1024 * 1024;

    /// <summary>The level its messages have in the queue.</summary>
    internal required byte Level { get; init; }

    internal required long FirstSequence { get; init; }

    internal required long LastSequence { get; init; }

    /// <summary>The index, while the disk does not have its record, and for good if there is none. Lane only.</summary>
    internal StoredEntry[]? Index { get; set; }

    /// <summary>The index has a record in the journal, or is about to have one.</summary>
    internal bool HasRecord => RecordLength > 0;

    /// <summary>Journal position of the record that holds the index.</summary>
    internal long RecordAt { get; init; }

    internal int RecordLength { get; init; }

    /// <summary>Messages that are still there.</summary>
    internal required int Count { get; set; }

    /// <summary>Their bodies in bytes.</summary>
    internal required long Bytes { get; set; }

    /// <summary>When the first of them expires, or <see cref="QueueEntry.Never"/>.</summary>
    internal long NextDeadlineMs { get; set; } = QueueEntry.Never;

    /// <summary>It is not read for those that are due before this time.</summary>
    internal long NotBeforeMs { get; set; }

    /// <summary>What they keep alive in the journal.</summary>
    internal LiveSums Live { get; } = new();

    /// <summary>Sequences of the index that ended, in order; null if none has.</summary>
    internal List<long>? Gone { get; set; }

    /// <summary>Some of them are in the journal for want of memory only.</summary>
    internal bool HasTransient { get; init; }

    /// <summary>A checkpoint's image refers to its record.</summary>
    internal bool IsInImage { get; set; }

    /// <summary>It belongs to no queue any more: loaded, purged, or deleted with its queue.</summary>
    internal bool Dropped { get; set; }

    /// <summary>A page of these messages, oldest first.</summary>
    internal static ColdPage Of(byte level, ReadOnlySpan<StoredEntry> entries, IJournal journal, long recordAt = 0, int recordLength = 0)
    {
        long bytes = 0;
        long deadline = QueueEntry.Never;
        bool transient = false;
        foreach (ref readonly StoredEntry entry in entries)
        {
            bytes += entry.BodyLength;
            deadline = Math.Min(deadline, entry.DeadlineMs);
            transient |= entry.IsTransient;
        }

        ColdPage page = new()
        {
            Level = level,
            FirstSequence = entries[0].Sequence,
            LastSequence = entries[^1].Sequence,
            Index = entries.ToArray(),
            RecordAt = recordAt,
            RecordLength = recordLength,
            Count = entries.Length,
            Bytes = bytes,
            NextDeadlineMs = deadline,
            HasTransient = transient,
        };
        foreach (ref readonly StoredEntry entry in entries)
        {
            page.Live.Change(journal, in entry, 1);
        }

        return page;
    }

    internal bool IsGone(long sequence) => Gone is not null && Gone.BinarySearch(sequence) >= 0;

    /// <summary>A message of the page ended while the others stay cold.</summary>
    internal void Remove(IJournal journal, in StoredEntry entry)
    {
        Gone ??= [];
        Gone.Insert(~Gone.BinarySearch(entry.Sequence), entry.Sequence);
        Count--;
        Bytes -= entry.BodyLength;
        Live.Change(journal, in entry, -1);
    }
}
