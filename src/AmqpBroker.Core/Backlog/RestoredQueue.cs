using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// The stored messages of a queue while its journal is replayed: entries one by one, and pages of which a checkpoint knows
/// no more than where they are. At the end all of it becomes pages, and none is read but those that changed since. One thread.
/// </summary>
internal sealed class RestoredQueue(MessageQueue queue)
{
    private readonly Dictionary<long, StoredEntry> _loose = [];
    private readonly HashSet<long> _old = [];
    private readonly Dictionary<long, long> _delays = [];
    private readonly List<ColdPage> _pages = [];
    private readonly Dictionary<ColdPage, Changes> _changes = [];
    private readonly List<ColdPage> _withoutIndex = [];
    private ProbableLosses? _losses;
    private int _notFound;
    private string _whyNotFound = "";

    /// <summary>What happened to a page's messages since its image.</summary>
    private sealed class Changes
    {
        /// <summary>After a purge: only these are left.</summary>
        internal HashSet<long>? Kept { get; set; }

        internal HashSet<long> Ended { get; } = [];

        internal Dictionary<long, int> Returns { get; } = [];

        /// <summary>How often messages have come back in all, where that is known.</summary>
        internal Dictionary<long, int> Counts { get; } = [];

        /// <summary>Where messages stand now, of those that were moved.</summary>
        internal Dictionary<long, StoredEntry> Moves { get; } = [];
    }

    internal MessageQueue Queue => queue;

    /// <summary>Its image has parts of several times: what was in a page in one may be an entry in a later one, too.</summary>
    internal bool HasParts { get; set; }

    /// <summary>What damaged places of the log tell of it; nothing in a log that is whole.</summary>
    internal ProbableLosses Losses => _losses ??= new ProbableLosses();

    internal void Add(in StoredEntry entry)
    {
        _loose.TryAdd(entry.Sequence, entry);
        _losses?.Forget(entry.Sequence);
    }

    /// <summary>An entry of an older image, which does not say where the body is.</summary>
    internal void AddOld(in StoredEntry entry)
    {
        Add(in entry);
        _old.Add(entry.Sequence);
    }

    internal void Add(ColdPage page)
    {
        _pages.Add(page);
        if (page.HasTransient)
        {
            // They went with the memory they were to save.
            _ = ChangesOf(page);
        }
    }

    internal void End(long first, long last)
    {
        for (long sequence = first; sequence <= last; sequence++)
        {
            _losses?.Forget(sequence);
            if (!_loose.Remove(sequence) || HasParts)
            {
                foreach (ColdPage page in PagesAround(sequence))
                {
                    ChangesOf(page).Ended.Add(sequence);
                }
            }
        }
    }

    /// <summary>Everything up to a sequence went, but what was unacknowledged.</summary>
    internal void Purge(long upTo, HashSet<long> kept)
    {
        _losses?.Purge(upTo, kept);
        foreach (long sequence in _loose.Keys.Where(s => s <= upTo && !kept.Contains(s)).ToArray())
        {
            _loose.Remove(sequence);
        }

        foreach (ColdPage page in _pages)
        {
            Changes changes = ChangesOf(page);
            changes.Kept ??= [.. kept];
            changes.Kept.IntersectWith(kept);
        }
    }

    /// <summary>It stands somewhere else now; of <paramref name="moved"/> only the sequence and the place count.</summary>
    internal void Move(in StoredEntry moved)
    {
        if (_loose.TryGetValue(moved.Sequence, out StoredEntry entry))
        {
            _loose[moved.Sequence] = AtPlaceOf(in entry, in moved);
            _old.Remove(moved.Sequence);
            return;
        }

        foreach (ColdPage page in PagesAround(moved.Sequence))
        {
            ChangesOf(page).Moves[moved.Sequence] = moved;
        }
    }

    private static StoredEntry AtPlaceOf(in StoredEntry entry, in StoredEntry moved) =>
        entry with { StoredAt = moved.StoredAt, StoredLength = moved.StoredLength, BodyElsewhere = moved.BodyElsewhere };

    /// <summary>It waits before it is delivered again.</summary>
    internal void Delay(long sequence, long untilMs) => _delays[sequence] = untilMs;

    /// <summary>It came back, and waits for nothing.</summary>
    internal void Return(long sequence, int? count)
    {
        _delays.Remove(sequence);
        if (_loose.TryGetValue(sequence, out StoredEntry entry))
        {
            _loose[sequence] = entry with { DeliveryCount = count ?? entry.DeliveryCount + 1, Redelivered = true };
            return;
        }

        foreach (ColdPage page in PagesAround(sequence))
        {
            Changes changes = ChangesOf(page);
            changes.Returns[sequence] = changes.Returns.GetValueOrDefault(sequence) + 1;
            if (count is { } known)
            {
                changes.Counts[sequence] = known;
            }
        }
    }

    /// <summary>Reads the indexes of pages that changed since they were written; those that cannot be read are to be searched for.</summary>
    internal void Open(IJournal journal, IndexSearch search)
    {
        foreach (ColdPage page in _pages.ToArray())
        {
            if (_changes.ContainsKey(page) || page.Live.HasGone(journal) || journal.RegionOf(page.RecordAt) < 0)
            {
                Open(page, journal, search);
            }
        }
    }

    /// <summary>Gives the queue what it holds.</summary>
    /// <param name="journal">Where messages are.</param>
    /// <param name="search">What was found of pages without an index.</param>
    /// <param name="lost">Told what cannot be read.</param>
    /// <param name="lostWithDamage">Told what was lost with damaged places, of which the journal tells.</param>
    internal void Complete(IJournal journal, IndexSearch search, Action<string> lost, Action<string> lostWithDamage)
    {
        FindBodiesOfOld(journal, lostWithDamage);
        TakeFound(search);
        OpenThoseAmongOthers(journal);
        if (_notFound > 0)
        {
            lost($"{_notFound} messages of queue '{queue.Name}' cannot be found: {_whyNotFound}");
        }

        _losses?.Tell(queue.Name.ToString(), IsThere, lostWithDamage);
        ForgetTheGone(journal, lost);
        RestoreDelayed();
        foreach (IGrouping<byte, StoredEntry> level in _loose.Values.GroupBy(e => e.Level))
        {
            AddPages(level.Key, [.. level.OrderBy(static e => e.Sequence)], journal);
        }

        foreach (ColdPage page in _pages.OrderBy(static p => p.FirstSequence))
        {
            queue.AddPage(page);
            if (!queue.MayCool)
            {
                PageRead read = new(queue, page);
                read.Read(journal);
                queue.Warm(read);
            }
        }
    }

    private void FindBodiesOfOld(IJournal journal, Action<string> lost)
    {
        int damaged = 0;
        string why = "";
        foreach (long sequence in _old.Where(_loose.ContainsKey))
        {
            StoredEntry entry = _loose[sequence];
            try
            {
                _loose[sequence] = entry with { BodyElsewhere = StoredMessages.BodyElsewhere(journal, entry.StoredAt, entry.StoredLength) };
            }
#pragma warning disable CA1031 // one message must not keep the others from being served
            catch (Exception e)
#pragma warning restore CA1031
            {
                damaged++;
                why = e.Message;
                _loose.Remove(sequence);
            }
        }

        if (damaged > 0)
        {
            lost($"{damaged} messages of queue '{queue.Name}' cannot be read: {why}");
        }
    }

    private IEnumerable<ColdPage> PagesAround(long sequence) =>
        _pages.Where(p => p.FirstSequence <= sequence && sequence <= p.LastSequence);

    private Changes ChangesOf(ColdPage page)
    {
        if (!_changes.TryGetValue(page, out Changes? changes))
        {
            _changes.Add(page, changes = new Changes());
        }

        return changes;
    }

    /// <summary>A page's messages become entries like others.</summary>
    private void Open(ColdPage page, IJournal journal, IndexSearch search)
    {
        _pages.Remove(page);
        _changes.TryGetValue(page, out Changes? changes);
        if (changes is { Kept.Count: 0 })
        {
            return;
        }

        // The next start may find the same checkpoint, and read the index again.
        queue.Host.KeepUntilCheckpoint(page);

        StoredEntry[] index;
        try
        {
            index = PageRead.ReadIndex(journal, page);
        }
#pragma warning disable CA1031 // whatever it is, the messages have records of their own
        catch (Exception e)
#pragma warning restore CA1031
        {
            _whyNotFound = e.Message;
            _withoutIndex.Add(page);
            search.Add(queue, page, IndexSearch.FirstOf(page));
            return;
        }

        Take(page, index);
    }

    private void TakeFound(IndexSearch search)
    {
        foreach (ColdPage page in _withoutIndex)
        {
            StoredEntry[] found = search.Of(page);
            _notFound += Math.Max(0, LeftOf(page) - found.Count(e => !page.IsGone(e.Sequence) && IsLeft(page, e.Sequence)));
            Take(page, found);
        }

        _withoutIndex.Clear();
    }

    /// <summary>How many of a page's messages are left after what happened since, as far as that can be told without its index.</summary>
    private int LeftOf(ColdPage page) => !_changes.TryGetValue(page, out Changes? changes)
        ? page.Count
        : (changes.Kept?.Count ?? page.Count) - changes.Ended.Count;

    private bool IsLeft(ColdPage page, long sequence) => !_changes.TryGetValue(page, out Changes? changes)
        || (!changes.Ended.Contains(sequence) && changes.Kept?.Contains(sequence) != false);

    private void Take(ColdPage page, StoredEntry[] index)
    {
        _changes.TryGetValue(page, out Changes? changes);
        foreach (StoredEntry entry in index)
        {
            if (page.IsGone(entry.Sequence) || entry.IsTransient || !IsLeft(page, entry.Sequence))
            {
                continue;
            }

            int returns = changes?.Returns.GetValueOrDefault(entry.Sequence) ?? 0;
            StoredEntry placed = changes is not null && changes.Moves.TryGetValue(entry.Sequence, out StoredEntry moved) ? AtPlaceOf(in entry, in moved) : entry;
            int deliveries = changes is not null && changes.Counts.TryGetValue(entry.Sequence, out int known) ? known : entry.DeliveryCount + returns;
            Add(placed with { DeliveryCount = deliveries, Redelivered = entry.Redelivered || returns > 0 });
        }
    }

    private bool IsThere(long sequence) => _loose.ContainsKey(sequence) || PagesAround(sequence).Any(p => !p.IsGone(sequence));

    /// <summary>Pages between whose messages others stand: those were delivered and came back with the restart.</summary>
    private void OpenThoseAmongOthers(IJournal journal)
    {
        var search = new IndexSearch();
        long[] sequences = [.. _loose.Keys.Order()];
        foreach (ColdPage page in _pages.ToArray())
        {
            int place = sequences.AsSpan().BinarySearch(page.FirstSequence);
            place = place < 0 ? ~place : place;
            if (place < sequences.Length && sequences[place] <= page.LastSequence)
            {
                Open(page, journal, search);
            }
        }

        search.Run(journal);
        TakeFound(search);
    }

    /// <summary>Those that wait before they are delivered again have entries in memory; their messages are read when it is time.</summary>
    private void RestoreDelayed()
    {
        foreach ((long sequence, long untilMs) in _delays)
        {
            if (_loose.Remove(sequence, out StoredEntry entry))
            {
                queue.RestoreDelay(in entry, untilMs);
            }
        }
    }

    /// <summary>Messages whose part of the journal is not there any more.</summary>
    private void ForgetTheGone(IJournal journal, Action<string> lost)
    {
        StoredEntry[] gone = [.. _loose.Values.Where(e =>
            journal.RegionOf(e.StoredAt) < 0 || (e.BodyElsewhere != Message.NotStored && e.BodyLength > 0 && journal.RegionOf(e.BodyElsewhere) < 0))];
        foreach (StoredEntry entry in gone)
        {
            _loose.Remove(entry.Sequence);
        }

        if (gone.Length > 0)
        {
            lost($"{gone.Length} messages of queue '{queue.Name}' are gone: the journal has lost what stood around position {gone[0].StoredAt}");
        }
    }

    private void AddPages(byte level, StoredEntry[] entries, IJournal journal)
    {
        ColdPage[] others = [.. _pages.Where(p => p.Level == level).OrderBy(static p => p.FirstSequence)];
        int nextOther = 0;
        int start = 0;
        while (start < entries.Length)
        {
            while (nextOther < others.Length && others[nextOther].LastSequence < entries[start].Sequence)
            {
                nextOther++;
            }

            long before = nextOther < others.Length ? others[nextOther].FirstSequence : long.MaxValue;
            int end = start + 1;
            long bytes = entries[start].BodyLength;
            while (end < entries.Length && end - start < ColdPage.MaxEntries && entries[end].Sequence < before
                && (bytes += entries[end].BodyLength) <= ColdPage.MaxBytes)
            {
                end++;
            }

            _pages.Add(ColdPage.Of(level, entries.AsSpan(start..end), journal));
            start = end;
        }
    }
}
