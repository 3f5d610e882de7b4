using System.Buffers;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Brings messages of a page into memory: asked for in the lane, read where it may block, given back as a work of the lane.
/// Used once.
/// </summary>
internal sealed class PageRead(MessageQueue queue, ColdPage page) : LaneWork, IJournalRead
{
    // Taken in the lane, as what it is without that changes.
    private readonly StoredEntry[]? _index = page.Index;
    private readonly HashSet<long>? _gone = page.Gone is null ? null : [.. page.Gone];
    private readonly long _firstPosition = IndexSearch.FirstOf(page);
    private readonly List<(StoredEntry Entry, Message? Message)> _read = [];

    internal ColdPage Page => page;

    /// <summary>Only what expires up to here is read; <see cref="QueueEntry.Never"/> for all.</summary>
    internal long DueMs { get; init; } = QueueEntry.Never;

    /// <summary>False: the entries are enough, their messages are of no interest.</summary>
    internal bool WithMessages { get; init; } = true;

    /// <summary>When the first of those expires that were not asked for.</summary>
    internal long NextDeadlineMs { get; private set; } = QueueEntry.Never;

    /// <summary>What was read, in order. A message is null if it was not asked for, or cannot be read.</summary>
    internal IReadOnlyList<(StoredEntry Entry, Message? Message)> Entries => _read;

    /// <summary>Why the first message that cannot be read cannot; null if all can.</summary>
    internal Exception? Damage { get; private set; }

    /// <summary>The index itself cannot be read: the entries are what was found without it, and may be too few, or none.</summary>
    internal bool IndexIsLost { get; private set; }

    /// <inheritdoc/>
    public void Run(IJournal journal)
    {
        Read(journal);
        queue.Host.PostToLane(this);
    }

    /// <summary>Reads; may block on the disk.</summary>
    internal void Read(IJournal journal)
    {
        var names = new ShortStringCache();
        try
        {
            foreach (StoredEntry entry in _index ?? IndexFrom(journal))
            {
                if (_gone is not null && _gone.Contains(entry.Sequence))
                {
                    continue;
                }

                if (entry.DeadlineMs > DueMs)
                {
                    NextDeadlineMs = Math.Min(NextDeadlineMs, entry.DeadlineMs);
                    continue;
                }

                Message? message = null;
                if (WithMessages)
                {
                    message = TryLoad(journal, in entry, names, out Exception? damage);
                    Damage ??= damage;
                }

                _read.Add((entry, message));
            }
        }
#pragma warning disable CA1031 // whatever it is, the lane has to hear of it: others are served
        catch (Exception e)
#pragma warning restore CA1031
        {
            Damage ??= e;
            IndexIsLost = true;
        }
    }

    /// <summary>The index; or what can be found without it, if all of the page is wanted.</summary>
    private StoredEntry[] IndexFrom(IJournal journal)
    {
        try
        {
            return ReadIndex(journal, page);
        }
#pragma warning disable CA1031 // whatever it is, the messages have records of their own
        catch (Exception e) when (DueMs == QueueEntry.Never)
#pragma warning restore CA1031
        {
            Damage = e;
            IndexIsLost = true;
            var search = new IndexSearch();
            search.Add(queue, page, _firstPosition);
            search.Run(journal);
            return search.Of(page);
        }
    }

    /// <summary>The entries that a page's record holds. May block on the disk.</summary>
    internal static StoredEntry[] ReadIndex(IJournal journal, ColdPage page)
    {
        byte[] record = ArrayPool<byte>.Shared.Rent(page.RecordLength);
        try
        {
            Span<byte> bytes = record.AsSpan(0, page.RecordLength);
            journal.ReadAt(page.RecordAt, bytes);
            var reader = new RecordReader(bytes);
            return PageRecord.Read(ref reader);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    /// <inheritdoc/>
    public override void Execute()
    {
        queue.PageWasRead(this);
        queue.Host.EndCommand();
    }

    /// <summary>Nobody wants them any more.</summary>
    internal void Release()
    {
        foreach ((_, Message? message) in _read)
        {
            message?.Release();
        }

        _read.Clear();
    }

    /// <summary>Reads a message; null if it cannot be read. May block on the disk.</summary>
    internal static Message? TryLoad(IJournal journal, in StoredEntry entry, ShortStringCache names, out Exception? damage)
    {
        damage = null;
        Message message = Message.RentStored(entry.StoredAt, entry.StoredLength, entry.BodyLength, priority: null);
        try
        {
            StoredMessages.Load(message, journal, names);
            return message;
        }
#pragma warning disable CA1031 // as above: one message must not keep the others from being served
        catch (Exception e)
#pragma warning restore CA1031
        {
            damage = e;
            message.Release();
            return null;
        }
    }
}
