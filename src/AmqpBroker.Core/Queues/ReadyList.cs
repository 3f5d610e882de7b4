using AmqpBroker.Core.Backlog;

namespace AmqpBroker.Core.Queues;

/// <summary>
/// The ready entries of one priority level in order of their sequence: those at the head in memory, then pages of cold ones,
/// then the newest in memory. New ones join at the end and returned ones mostly before the head, both at once; a return
/// between other returns waits in a heap beside the chain, so that any order of requeueing stays cheap. Lane only.
/// Always holds: without pages there is no chain behind them; an entry in memory counts once, in a chain or in the heap.
/// </summary>
internal sealed class ReadyList
{
    private readonly LinkedList<ColdPage> _pages = new();
    private IndexedHeap<QueueEntry>? _oddReturns;
    private QueueEntry? _head;
    private QueueEntry? _headEnd;
    private QueueEntry? _afterPages;
    private QueueEntry? _tail;
    private int _afterPagesCount;
    private long _afterPagesBytes;
    private int _headUnloaded;
    private int _oddUnloaded;
    private int _afterPagesUnloaded;

    /// <summary>Nothing is ready, in memory or cold.</summary>
    internal bool IsEmpty => WarmCount == 0 && _pages.Count == 0;

    /// <summary>Entries in memory.</summary>
    internal int WarmCount { get; private set; }

    /// <summary>Those of them that come before the pages, returned ones apart.</summary>
    internal int HeadCount { get; private set; }

    /// <summary>What those at the head take of memory.</summary>
    internal long HeadBytes { get; private set; }

    /// <summary>Entries in memory whose messages are in the journal alone: they came back so.</summary>
    internal int UnloadedCount => _headUnloaded + _oddUnloaded + _afterPagesUnloaded;

    /// <summary>What those at the head take whose messages are in memory.</summary>
    internal long LoadedHeadBytes => HeadBytes - ((long)_headUnloaded * MemoryBudget.UnloadedEntryBytes);

    /// <summary>Runs of cold messages, oldest first.</summary>
    internal LinkedList<ColdPage> Pages => _pages;

    internal void Append(QueueEntry entry)
    {
        WarmCount++;
        if (_pages.Count == 0)
        {
            HeadCount++;
            HeadBytes += MemoryBudget.BytesOf(entry);
            Join(entry, ref _head, ref _headEnd);
        }
        else
        {
            _afterPagesCount++;
            _afterPagesBytes += MemoryBudget.BytesOf(entry);
            Join(entry, ref _afterPages, ref _tail);
        }
    }

    /// <summary>Puts a returned entry back to where it was.</summary>
    internal void Return(QueueEntry entry)
    {
        long first = _head?.Sequence ?? (_pages.First?.Value.FirstSequence ?? long.MaxValue);
        if (entry.Sequence < first && (_head is not null || _oddReturns is not { Count: > 0 }))
        {
            entry.Previous = null;
            entry.Next = _head;
            if (_head is null)
            {
                _headEnd = entry;
            }
            else
            {
                _head.Previous = entry;
            }

            _head = entry;
            HeadCount++;
            HeadBytes += MemoryBudget.BytesOf(entry);
            _headUnloaded += Unloaded(entry);
        }
        else
        {
            _oddReturns ??= new IndexedHeap<QueueEntry>();
            _oddReturns.Set(entry, entry.Sequence);
            _oddUnloaded += Unloaded(entry);
        }

        WarmCount++;
    }

    /// <summary>The first entry in order; null when there is none, or when it is cold.</summary>
    internal QueueEntry? Peek()
    {
        if (_oddReturns?.First is not { } odd)
        {
            return _head;
        }

        long first = _head?.Sequence ?? (_pages.First?.Value.FirstSequence ?? long.MaxValue);
        return odd.Sequence < first ? odd : _head;
    }

    /// <summary>
    /// The first entries in order whose messages are to be brought in: those after the ones that are in memory already, up to
    /// the next that is.
    /// </summary>
    internal List<QueueEntry> FirstUnloaded(int most, long mostBytes)
    {
        var found = new List<QueueEntry>();
        if (UnloadedCount == 0)
        {
            return found;
        }

        long bytes = 0;
        if (Peek() is { Message: null, HeapPlace: not 0 })
        {
            // The heap has them in order only as they leave it.
            while (_oddReturns!.First is { Message: null } odd && found.Count < most && (found.Count == 0 || bytes + odd.BodyLength <= mostBytes))
            {
                bytes += odd.BodyLength;
                _oddReturns.Remove(odd);
                found.Add(odd);
            }

            foreach (QueueEntry odd in found)
            {
                _oddReturns.Set(odd, odd.Sequence);
            }

            return found;
        }

        QueueEntry? entry = _head;
        while (entry is { Message: not null })
        {
            entry = entry.Next;
        }

        while (entry is { Message: null } && found.Count < most && (found.Count == 0 || bytes + entry.BodyLength <= mostBytes))
        {
            bytes += entry.BodyLength;
            found.Add(entry);
            entry = entry.Next;
        }

        return found;
    }

    /// <summary>An unloaded entry's message has come into memory; it is not behind pages, as those are not asked for.</summary>
    internal void NoteLoaded(QueueEntry entry)
    {
        if (entry.HeapPlace != 0)
        {
            _oddUnloaded--;
        }
        else
        {
            _headUnloaded--;
            HeadBytes += MemoryBudget.BytesOf(entry) - MemoryBudget.UnloadedEntryBytes;
        }
    }

    /// <summary>Takes an entry out, wherever it stands in memory.</summary>
    internal void Remove(QueueEntry entry)
    {
        WarmCount--;
        if (entry.HeapPlace != 0)
        {
            _oddReturns!.Remove(entry);
            _oddUnloaded -= Unloaded(entry);
            return;
        }

        if (_pages.Count == 0 || !IsAfterPages(entry))
        {
            HeadCount--;
            HeadBytes -= MemoryBudget.BytesOf(entry);
            _headUnloaded -= Unloaded(entry);
            Unlink(entry, ref _head, ref _headEnd);
        }
        else
        {
            _afterPagesCount--;
            _afterPagesBytes -= MemoryBudget.BytesOf(entry);
            _afterPagesUnloaded -= Unloaded(entry);
            Unlink(entry, ref _afterPages, ref _tail);
        }
    }

    /// <summary>
    /// Where a page may begin: behind the pages, if there are any, or else behind what is kept at the head. No entry if there
    /// is none.
    /// </summary>
    /// <param name="keptBytes">So much stays at the head, in bytes of memory.</param>
    internal CoolingPlace WhereToCool(long keptBytes)
    {
        if (_pages.Count > 0)
        {
            return new CoolingPlace(_afterPages, HeadCount, HeadBytes, _headUnloaded);
        }

        int count = 0;
        long bytes = 0;
        int unloaded = 0;
        QueueEntry? entry = _head;
        while (entry is not null && bytes < keptBytes)
        {
            bytes += MemoryBudget.BytesOf(entry);
            unloaded += Unloaded(entry);
            count++;
            entry = entry.Next;
        }

        return new CoolingPlace(entry, count, bytes, unloaded);
    }

    /// <summary>
    /// A run of entries from <see cref="WhereToCool"/> on becomes a page: takes them out of the chain, which ends before them.
    /// </summary>
    internal void Cool(in CoolingPlace place, QueueEntry last, int count, int unloaded, long bytes, ColdPage page)
    {
        QueueEntry first = place.First!;
        if (_pages.Count == 0)
        {
            // What stands behind the run is behind the page from now on.
            _afterPagesCount = HeadCount - place.HeadCount;
            _afterPagesBytes = HeadBytes - place.HeadBytes;
            _afterPagesUnloaded = _headUnloaded - place.HeadUnloaded;
            HeadCount = place.HeadCount;
            HeadBytes = place.HeadBytes;
            _headUnloaded = place.HeadUnloaded;
            _tail = _headEnd;
            _headEnd = first.Previous;
            if (_headEnd is null)
            {
                _head = null;
            }
            else
            {
                _headEnd.Next = null;
            }
        }

        WarmCount -= count;
        _afterPagesCount -= count;
        _afterPagesBytes -= bytes;
        _afterPagesUnloaded -= unloaded;
        _afterPages = last.Next;
        if (_afterPages is null)
        {
            _tail = null;
        }
        else
        {
            _afterPages.Previous = null;
        }

        first.Previous = null;
        last.Next = null;
        _pages.AddLast(page);
    }

    /// <summary>The page is in memory again, or gone. If it was the last one, what stands behind it moves up.</summary>
    internal void RemovePage(ColdPage page)
    {
        _pages.Remove(page);
        if (_pages.Count > 0 || _afterPages is null)
        {
            return;
        }

        if (_headEnd is null)
        {
            _head = _afterPages;
        }
        else
        {
            _headEnd.Next = _afterPages;
            _afterPages.Previous = _headEnd;
        }

        _headEnd = _tail;
        _afterPages = null;
        _tail = null;
        HeadCount += _afterPagesCount;
        HeadBytes += _afterPagesBytes;
        _headUnloaded += _afterPagesUnloaded;
        _afterPagesCount = 0;
        _afterPagesBytes = 0;
        _afterPagesUnloaded = 0;
    }

    /// <summary>A page takes the place of one with the same messages.</summary>
    internal void Replace(ColdPage page, ColdPage with) => _pages.Find(page)!.Value = with;

    /// <summary>An entry of the first page, which is being loaded, joins those at the head.</summary>
    internal void AppendLoaded(QueueEntry entry)
    {
        WarmCount++;
        HeadCount++;
        HeadBytes += MemoryBudget.BytesOf(entry);
        Join(entry, ref _head, ref _headEnd);
    }

    // Those behind the pages are younger than all of them.
    private bool IsAfterPages(QueueEntry entry) => entry.Sequence > _pages.Last!.Value.LastSequence;

    private static int Unloaded(QueueEntry entry) => entry.Message is null ? 1 : 0;

    private static void Join(QueueEntry entry, ref QueueEntry? first, ref QueueEntry? last)
    {
        entry.Previous = last;
        entry.Next = null;
        if (last is null)
        {
            first = entry;
        }
        else
        {
            last.Next = entry;
        }

        last = entry;
    }

    private static void Unlink(QueueEntry entry, ref QueueEntry? first, ref QueueEntry? last)
    {
        if (entry.Previous is null)
        {
            first = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            last = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Previous = null;
        entry.Next = null;
    }
}
