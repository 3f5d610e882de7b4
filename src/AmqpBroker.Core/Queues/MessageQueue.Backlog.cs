using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Queues;

/// <summary>Ready messages that are in the journal alone: put away when memory is short, brought back before they are wanted.</summary>
internal partial class MessageQueue
{
    /// <summary>After a basic.get the next messages stay in memory for so long, since another one may follow.</summary>
    private const long WantedMs = 10_000;

    /// <summary>Cold messages that expire in one work.</summary>
    private const int ColdExpiredPerWork = 256;

    private PriorityQueue<ColdPage, (long DeadlineMs, long Sequence)>? _coldDeadlines;
    private List<ChannelSession>? _stalled;
    private IJournalRead? _reading;
    private bool _warmsUp;
    private int _wanted;
    private long _wantedUntilMs;

    /// <summary>Its messages need not be in memory.</summary>
    internal virtual bool MayCool => true;

    /// <summary>The budget counts on it to put messages away.</summary>
    internal bool IsInBudget { get; set; }

    /// <summary>Ready messages that are in the journal alone.</summary>
    internal int ColdCount { get; private set; }

    /// <summary>Ready messages in memory.</summary>
    internal int WarmCount => ReadyCount - ColdCount;

    /// <summary>All pages, in no certain order.</summary>
    internal IEnumerable<ColdPage> Pages => _levels.Where(static l => l is not null).SelectMany(static l => l.Pages);

    /// <summary>After a start: messages that are in the journal.</summary>
    internal void AddPage(ColdPage page)
    {
        ReadyList list = _levels[page.Level] ??= new ReadyList();
        list.Pages.AddLast(page);
        _levelsInUse[page.Level >> 6] |= 1UL << (page.Level & 63);
        NoteCold(page);
        ReadyCount += page.Count;
        ReadyBytes += page.Bytes;
    }

    /// <summary>The level that a message has here.</summary>
    internal byte LevelOf(byte? priority) => (byte)Math.Min(priority ?? _levelWithout, _levels.Length - 1);

    private bool IsTakenFrom => Consumers.Count > 0 || _wanted > 0 || _wantedUntilMs > _host.NowMs;

    /// <summary>Puts a page's worth of messages away, those that are delivered last.</summary>
    internal Cooling CoolPage()
    {
        if (!MayCool || IsImaged || _reading is EntryRead)
        {
            return Cooling.Nothing;
        }

        // What somebody takes from keeps a head in memory, or it would be read again and again.
        long kept = IsTakenFrom ? _host.Memory.HeadBytes : 0;
        foreach (ReadyList list in _levels)
        {
            if (list is { WarmCount: > 0 } && Cool(list, kept) is var result and not Cooling.Nothing)
            {
                return result;
            }
        }

        return Cooling.Nothing;
    }

    /// <summary>Asks for the messages that are next and cold, unless they are on their way.</summary>
    internal void LoadHead()
    {
        if (_reading is not null || Deleted || TopList() is not { } list)
        {
            return;
        }

        if (list.FirstUnloaded(ColdPage.MaxEntries, ColdPage.MaxBytes) is { Count: > 0 } unloaded)
        {
            Read(new EntryRead(_host, unloaded, HeadWasRead));
        }
        else if (list.Pages.First is { } first)
        {
            Read(new PageRead(this, first.Value));
        }
    }

    /// <summary>
    /// After a start: brings in what memory has room for, from the head on, before anybody asks. Tells
    /// <see cref="VirtualHost.WarmUpEnded"/> when it is done.
    /// </summary>
    internal void WarmUp()
    {
        for (int level = _levels.Length - 1; level >= 0 && _host.Memory.HasRoomToWarmUp; level--)
        {
            if (_levels[level] is { Pages.First: { } first })
            {
                _warmsUp = true;
                Read(new PageRead(this, first.Value));
                return;
            }
        }

        EndWarmUp();
    }

    private void EndWarmUp()
    {
        _warmsUp = false;
        _host.WarmUpEnded();
    }

    /// <summary>What is due or over its limits is looked at before the command ends.</summary>
    internal void LookOver()
    {
        _hasReturns = true;
        _host.PumpLater(this);
    }

    /// <summary>
    /// The head is cold: the channel's command is run again when it is not any more. <see cref="StallEnded"/> follows.
    /// </summary>
    internal void Stall(ChannelSession channel)
    {
        _wanted++;
        _wantedUntilMs = _host.NowMs + WantedMs;
        (_stalled ??= []).Add(channel);
        LoadHead();
    }

    /// <summary>A command that was stalled has been run again, or is not wanted any more.</summary>
    internal void StallEnded() => _wanted--;

    /// <summary>What was asked for is there, or what is left of it.</summary>
    internal void PageWasRead(PageRead read)
    {
        _reading = null;
        if (Deleted || read.Page.Dropped)
        {
            read.Release();
        }
        else if (read.DueMs == QueueEntry.Never)
        {
            Warm(read);
        }
        else
        {
            ExpireCold(read);
        }

        if (_warmsUp)
        {
            if (Deleted)
            {
                EndWarmUp();
            }
            else
            {
                WarmUp();
            }
        }

        LookAtRead();
    }

    /// <summary>Messages came into memory: what is due or over its limits can be seen now.</summary>
    private void LookAtRead()
    {
        if (!Deleted)
        {
            ReadColdDue();
            Arm();
            LookOver();
        }

        ResumeStalled();
    }

    /// <summary>Those that wait for the head try again, when it is their turn in the lane.</summary>
    private void ResumeStalled()
    {
        if (_stalled is { } stalled)
        {
            _stalled = null;
            foreach (ChannelSession channel in stalled)
            {
                _host.PostToLane(channel.Resumption(this));
            }
        }
    }

    private void Read(IJournalRead read)
    {
        _reading = read;
        _host.ReadLater(read);
    }

    private Cooling Cool(ReadyList list, long kept)
    {
        CoolingPlace place = list.WhereToCool(kept);
        Span<StoredEntry> entries = _host.CoolingEntries;
        int count = 0;
        long bytes = 0;
        long bodyBytes = 0;
        bool awaits = false;
        int unloaded = 0;
        QueueEntry? last = null;
        for (QueueEntry? entry = place.First; entry is not null && count < entries.Length; entry = entry.Next)
        {
            if (count > 0 && bodyBytes + entry.BodyLength > ColdPage.MaxBytes)
            {
                break;
            }

            bodyBytes += entry.BodyLength;
            if (!_host.IsReadable(entry) || awaits)
            {
                // Those behind it are looked at all the same: what is to be spilled is, and goes with the same commit.
                awaits = true;
                if (entry.Stored)
                {
                    break;
                }

                continue;
            }

            bytes += MemoryBudget.BytesOf(entry);
            unloaded += entry.Message is null ? 1 : 0;
            entries[count++] = VirtualHost.Describe(entry);
            last = entry;
        }

        // A short page is worth it only where there will not be a long one.
        if (last is null || ((awaits || kept > 0) && count < entries.Length && bytes < _host.Memory.PageBytes))
        {
            return awaits ? Cooling.Awaits : Cooling.Nothing;
        }

        QueueEntry? first = place.First;
        ColdPage page = _host.WritePage(this, first!.Level, entries[..count]);
        list.Cool(in place, last, count, unloaded, bytes, page);
        NoteCold(page);
        while (first is not null)
        {
            QueueEntry? next = first.Next;
            _host.Memory.Remove(first);
            Unchain(first);
            _host.PutAway(first);
            first = next;
        }

        return Cooling.Done;
    }

    private void NoteCold(ColdPage page)
    {
        ColdCount += page.Count;
        if (page.NextDeadlineMs != QueueEntry.Never)
        {
            NoteColdDeadline(page);
            Arm();
        }
    }

    /// <summary>The page's messages are in memory: they join those at the head.</summary>
    internal void Warm(PageRead read)
    {
        ReadyList list = _levels[read.Page.Level];
        ColdCount -= read.Page.Count;
        int lost = read.IndexIsLost ? CountAgain(read) : 0;
        foreach ((StoredEntry stored, Message? message) in read.Entries)
        {
            if (read.Page.IsGone(stored.Sequence))
            {
                message?.Release();
            }
            else if (message is null)
            {
                // It stays where it is, for who wants to look at it.
                lost++;
                ReadyCount--;
                ReadyBytes -= stored.BodyLength;
            }
            else
            {
                list.AppendLoaded(Revive(stored, message));
            }
        }

        Forget(list, read.Page);
        if (lost > 0)
        {
            _host.Warn($"{lost} messages of queue '{Name}' in virtual host '{_host.Name}' cannot be read and are not delivered: {read.Damage?.Message}{(read.Damage is JournalDamageException ? " A copy of it is in the quarantine folder." : "")}");
        }
    }

    /// <summary>
    /// The page's index was lost, and what was found without it takes its place. Gives the number of messages that were not
    /// found; none if more were, which had been settled before.
    /// </summary>
    private int CountAgain(PageRead read)
    {
        int found = 0;
        ReadyCount -= read.Page.Count;
        ReadyBytes -= read.Page.Bytes;
        foreach ((StoredEntry stored, _) in read.Entries.Where(e => !read.Page.IsGone(e.Entry.Sequence)))
        {
            found++;
            ReadyCount++;
            ReadyBytes += stored.BodyLength;
            _host.AddLive(in stored);
        }

        // Only after they are counted one by one, so that what they are in is needed at any time.
        _host.Release(read.Page.Live);
        if (found > 0)
        {
            _host.Warn($"An index of queue '{Name}' in virtual host '{_host.Name}' cannot be read; of its {read.Page.Count} messages {found} were found without it: {read.Damage?.Message}");
        }

        return Math.Max(0, read.Page.Count - found);
    }

    /// <summary>A page that the queue has no use for any more.</summary>
    private void Forget(ReadyList list, ColdPage page)
    {
        page.Dropped = true;
        list.RemovePage(page);
        _host.Retire(page);
        if (list.IsEmpty)
        {
            _levelsInUse[page.Level >> 6] &= ~(1UL << (page.Level & 63));
        }
    }

    /// <summary>All pages go with their messages: purged, or the queue is deleted.</summary>
    private void DropPages()
    {
        foreach (ColdPage page in Pages.ToArray())
        {
            ColdCount -= page.Count;
            ReadyCount -= page.Count;
            ReadyBytes -= page.Bytes;
            _host.Release(page.Live);
            Forget(_levels[page.Level], page);
        }

        _coldDeadlines = null;
    }

    private QueueEntry Revive(in StoredEntry stored, Message? message)
    {
        QueueEntry entry = _host.Entries.Rent();
        entry.Queue = this;
        entry.Message = message;
        entry.Sequence = stored.Sequence;
        entry.DeadlineMs = stored.DeadlineMs;
        entry.DeliveryCount = stored.DeliveryCount;
        entry.Redelivered = stored.Redelivered || stored.Sequence <= MaybeDeliveredUpTo;
        entry.Level = stored.Level;
        entry.State = EntryState.Ready;
        VirtualHost.Revive(entry, stored);
        _host.Memory.Add(this, entry);
        Chain(entry);
        if (entry.DeadlineMs != QueueEntry.Never)
        {
            NoteDeadline(entry);
        }

        return entry;
    }

    /// <summary>The page whose first message expires before those of the others; null if none has any that do.</summary>
    private ColdPage? FirstPageToExpire()
    {
        while (_coldDeadlines is not null && _coldDeadlines.TryPeek(out ColdPage? page, out (long DeadlineMs, long Sequence) due))
        {
            if (!page.Dropped && due.DeadlineMs == page.NextDeadlineMs)
            {
                return page;
            }

            _coldDeadlines.Dequeue();
        }

        return null;
    }

    /// <summary>When the cold are to be looked at for those that are due; never while a page is read, as that ends with a look at it.</summary>
    private long NextColdLookMs() => _reading is null && FirstPageToExpire() is { } page
        ? Math.Max(page.NextDeadlineMs, page.NotBeforeMs)
        : QueueEntry.Never;

    /// <summary>A cold message dies before this one: messages die in the order of their deadlines, and of the queue.</summary>
    private bool ColdDieFirst((long DeadlineMs, long Sequence) due) =>
        FirstPageToExpire() is { } page && (page.NextDeadlineMs, page.FirstSequence).CompareTo(due) < 0;

    private void NoteColdDeadline(ColdPage page) => (_coldDeadlines ??= new()).Enqueue(page, (page.NextDeadlineMs, page.FirstSequence));

    /// <summary>Has those that are due read, a page at a time.</summary>
    private void ReadColdDue()
    {
        if (_host.IsWarmingUp || NextColdLookMs() > _host.NowMs)
        {
            return;
        }

        ColdPage page = FirstPageToExpire()!;

        // Of a first page the others are wanted soon too.
        Read(IsTakenFrom && ReferenceEquals(_levels[page.Level].Pages.First!.Value, page)
            ? new PageRead(this, page)
            : new PageRead(this, page)
            {
                DueMs = _host.NowMs,
                WithMessages = ExpiryWantsMessages,
            });
    }

    private void ExpireCold(PageRead read)
    {
        ColdPage page = read.Page;
        int done = 0;
        foreach ((StoredEntry stored, Message? message) in read.Entries)
        {
            if (page.IsGone(stored.Sequence) || (read.WithMessages && message is null) || done == ColdExpiredPerWork)
            {
                message?.Release();
                continue;
            }

            done++;
            page.Remove(_host.Journal, in stored);
            ColdCount--;
            ReadyCount--;
            ReadyBytes -= stored.BodyLength;
            if (message is null)
            {
                _host.EndCold(this, in stored);
            }
            else
            {
                QueueEntry entry = Revive(in stored, message);
                _host.Memory.Remove(entry);
                EndExpired(entry);
            }
        }

        // What cannot be read does not expire either; it is told of when the page is loaded.
        page.NextDeadlineMs = done == ColdExpiredPerWork ? read.DueMs : read.NextDeadlineMs;
        page.NotBeforeMs = done == ColdExpiredPerWork ? 0 : _host.NowMs + _host.Memory.ColdExpiryStepMs;
        if (page.Count == 0)
        {
            Forget(_levels[page.Level], page);
        }
        else if (page.NextDeadlineMs != QueueEntry.Never)
        {
            NoteColdDeadline(page);
        }
    }
}
