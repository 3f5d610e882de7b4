using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What queues need to put messages away into the journal and to bring them back.</summary>
public sealed partial class VirtualHost
{
    /// <summary>Those declared first are as good as any; the others wait until somebody wants their messages.</summary>
    private const int QueuesWarmedUp = 256;

    private readonly StoredEntry[] _cooling = new StoredEntry[ColdPage.MaxEntries];
    private MessageQueue[] _warming = [];
    private int _warmingLeft;
    private readonly List<ColdPage> _openedAtStart = [];

    /// <summary>What ready messages may take of memory.</summary>
    internal MemoryBudget Memory { get; private init; } = new(new VirtualHostLimits().ReadyMessageBytes, new VirtualHostLimits().ColdExpiryStepMs);

    /// <summary>
    /// After a start messages come into memory. What is due or over its limits ends when all of them are there, as if they had
    /// never been away: what one queue lets die may go to another, which must not refuse it for messages that are due, too.
    /// </summary>
    internal bool IsWarmingUp => _warmingLeft > 0;

    /// <summary>Brings a work into the lane. Any thread.</summary>
    internal Action<LaneWork> PostToLane { get; set; } = static _ => throw new InvalidOperationException("The virtual host does not run yet.");

    /// <summary>Tells those who look after the broker. Any thread.</summary>
    internal Action<string> Warn { get; set; } = static _ => { };

    internal IJournal Journal => _journal!;

    /// <summary>Room to describe a page's messages in; used by one queue at a time.</summary>
    internal Span<StoredEntry> CoolingEntries => _cooling;

    /// <summary>While replaying: no queue has the page any more, and the checkpoint still refers to its record.</summary>
    internal void KeepUntilCheckpoint(ColdPage page) => _openedAtStart.Add(page);

    /// <summary>After replaying: counts what pages keep in the journal.</summary>
    private void CountPages(IJournal journal)
    {
        foreach (ColdPage page in Holders.SelectMany(static q => q.Pages))
        {
            page.Live.Count(journal);
            if (page.HasRecord)
            {
                journal.AddLive(page.RecordAt, page.RecordLength);
            }
        }

        foreach (ColdPage page in _openedAtStart.Where(p => journal.RegionOf(p.RecordAt) >= 0))
        {
            journal.AddLive(page.RecordAt, page.RecordLength);
            Memory.Retire(page, journal);
        }

        _openedAtStart.Clear();
    }

    private void WarmUp()
    {
        _warming = [.. Holders.Where(static q => q.ColdCount > 0).Take(QueuesWarmedUp)];
        _warmingLeft = _warming.Length;
        foreach (MessageQueue queue in _warming)
        {
            queue.WarmUp();
        }
    }

    /// <summary>A queue has brought in what it may at the start.</summary>
    internal void WarmUpEnded()
    {
        if (--_warmingLeft == 0)
        {
            foreach (MessageQueue queue in _warming.Where(static q => !q.Deleted))
            {
                queue.LookOver();
            }

            _warming = [];
            Timers.Tick(NowMs, QueuesPerTick);
        }
    }

    internal void ReadLater(IJournalRead read) => _journal!.ReadLater(read);

    /// <summary>
    /// The disk has the message, so that it can be read again whenever it is wanted. One that is not in the journal is written
    /// there for that.
    /// </summary>
    internal bool IsReadable(QueueEntry entry)
    {
        if (entry.Message is not { } message)
        {
            return true;
        }

        if (message.StoredAt == Message.NotStored)
        {
            Log.Spilled(message);
        }

        if (!entry.Stored && !entry.Spilled)
        {
            // Whoever else stores it may let go of it before.
            entry.Spilled = true;
            AddStoredReference(message);
        }

        return message.StoredAt + message.StoredLength <= _journal!.CommittedPosition;
    }

    /// <summary>The same, of one that nothing is to be written for.</summary>
    internal bool IsReadableAlready(QueueEntry entry) =>
        (entry.Stored || entry.Spilled) && entry.Message!.StoredAt + entry.Message.StoredLength <= _journal!.CommittedPosition;

    /// <summary>The entry keeps its place, and its message is in the journal alone from now on.</summary>
    internal static void Unload(QueueEntry entry)
    {
        Message message = entry.Message!;
        entry.Place = StoredPlace.Of(message);
        entry.Message = null;
        LetGo(message);
    }

    /// <summary>What the message keeps alive in the journal stays so, on another's account.</summary>
    private static void LetGo(Message message)
    {
        if (--message.StoredReferences == 0)
        {
            message.ForgetStored();
        }

        message.Release();
    }

    /// <summary>Describes a message that is in the journal.</summary>
    internal static StoredEntry Describe(QueueEntry entry)
    {
        StoredPlace place = entry.Message is { } message ? StoredPlace.Of(message) : entry.Place;
        return new StoredEntry
        {
            Sequence = entry.Sequence,
            DeadlineMs = entry.DeadlineMs,
            DeliveryCount = entry.DeliveryCount,
            Redelivered = entry.Redelivered,
            Level = entry.Level,
            StoredAt = place.At,
            StoredLength = place.Length,
            BodyLength = place.BodyLength,
            BodyElsewhere = place.BodyElsewhere,
            IsTransient = !entry.Stored,
        };
    }

    /// <summary>Writes a page's index. Nobody waits for it.</summary>
    internal ColdPage WritePage(MessageQueue queue, byte level, ReadOnlySpan<StoredEntry> entries)
    {
        (long position, int length) = Log.Paged(queue, level, entries);
        _journal!.AddLive(position, length);
        ColdPage page = ColdPage.Of(level, entries, _journal, position, length);
        Memory.NoteWritten(page);
        return page;
    }

    /// <summary>The entry is in a page from now on; what its message keeps alive in the journal stays so.</summary>
    internal void PutAway(QueueEntry entry)
    {
        if (entry.Message is { } message)
        {
            LetGo(message);
        }

        entry.State = EntryState.Gone;
        Entries.Return(entry);
    }

    /// <summary>The opposite: the entry is in memory again, with its message if that was read.</summary>
    internal static void Revive(QueueEntry entry, in StoredEntry stored)
    {
        if (entry.Message is { } message)
        {
            message.StoredReferences = 1;
        }
        else
        {
            entry.Place = StoredPlace.Of(in stored);
        }

        entry.Stored = !stored.IsTransient;
        entry.Spilled = stored.IsTransient;
    }

    /// <summary>A message ends that is not in memory.</summary>
    internal void EndCold(MessageQueue queue, in StoredEntry stored)
    {
        if (!stored.IsTransient)
        {
            Log.Settled(queue, stored.Sequence);
        }

        _journal!.RemoveLive(stored.StoredAt, stored.StoredLength);
        if (stored.BodyElsewhere != Message.NotStored)
        {
            _journal.RemoveLive(stored.BodyElsewhere, stored.BodyLength);
        }
    }

    /// <summary>Counts what an entry keeps in the journal, as far as it is still there.</summary>
    internal void AddLive(in StoredEntry stored)
    {
        _journal!.AddLive(stored.StoredAt, stored.StoredLength);
        if (stored.BodyElsewhere != Message.NotStored && _journal.RegionOf(stored.BodyElsewhere) >= 0)
        {
            _journal.AddLive(stored.BodyElsewhere, stored.BodyLength);
        }
    }

    /// <summary>Messages of a page ended without being looked at.</summary>
    internal void Release(LiveSums live) => live.Release(_journal!);

    /// <summary>A queue has no use for the page's record any more.</summary>
    internal void Retire(ColdPage page) => Memory.Retire(page, _journal!);
}
