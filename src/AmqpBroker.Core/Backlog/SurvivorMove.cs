using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Writes once more what still lives in segments that hold little of that, so that the segments come back: goes through all
/// queues once, in small steps. What it misses, because it moved about meanwhile, keeps its segment for another time: a segment
/// goes when nothing in it lives, and not because this has been here. Lane only.
/// </summary>
internal sealed class SurvivorMove
{
    /// <summary>Entries and pages looked at in one step: well below a millisecond.</summary>
    private const int LooksPerStep = 4096;

    /// <summary>Entries whose messages are read at once.</summary>
    private const int EntriesPerRead = 256;

    /// <summary>
    /// Bodies of this size are not written again for each queue that holds the message. A reference takes a tenth of it;
    /// to remember one while this goes on takes as much.
    /// </summary>
    private const int SharedBodyBytes = 256;

    private readonly VirtualHost _host;
    private readonly IJournal _journal;
    private readonly long _bytesPerStep;
    private readonly Queue<MessageQueue> _queues;
    private readonly Queue<ColdPage> _pages = new();
    private readonly Dictionary<long, (long At, int Length)> _bodies = [];
    private readonly List<QueueEntry> _unloaded = [];
    private readonly List<StoredEntry> _moved = [];
    private long _unloadedBytes;
    private MessageQueue? _queue;
    private ChainWalk? _walk;
    private Relocation? _relocation;

    /// <param name="host">Whose messages move.</param>
    /// <param name="places">What is to come back.</param>
    /// <param name="bytesPerStep">So many bytes, or one message, are written in a step.</param>
    internal SurvivorMove(VirtualHost host, Places places, long bytesPerStep)
    {
        _host = host;
        _journal = host.Journal;
        _bytesPerStep = bytesPerStep;
        Places = places;
        _queues = new Queue<MessageQueue>(host.Holders);
    }

    /// <summary>What is to come back.</summary>
    internal Places Places { get; }

    /// <summary>It has been through all queues.</summary>
    internal bool IsDone { get; private set; }

    /// <summary>A step would find something to do.</summary>
    internal bool IsReady => !IsDone && (_relocation?.IsReady ?? true);

    /// <summary>Does the next part. Gives how many bytes were written.</summary>
    internal long Step()
    {
        if (_relocation is { IsReady: true } ready)
        {
            _relocation = null;
            ready.Apply();
        }

        long begin = _journal.NextPosition;
        long bytes = 0;
        for (int looks = 0; looks < LooksPerStep && bytes < _bytesPerStep && _relocation is null && !IsDone; looks++)
        {
            bytes += StepOnce();
        }

        FlushMoved();
        return Math.Max(bytes, _journal.NextPosition - begin);
    }

    /// <summary>Writes a message once more, with its body where that is to move too. Whoever refers to it says so.</summary>
    internal void Copy(Message message)
    {
        long body = message.BodyAt;
        bool bodyMoves = message.OwnsBody || message.BodyLength == 0 || Places.Hold(body);
        if (bodyMoves)
        {
            message.BodyAt = _bodies.TryGetValue(body, out (long At, int Length) moved) ? moved.At : Message.NotStored;
        }

        _host.Log.Copied(message);
        if (message.OwnsBody && message.BodyLength >= SharedBodyBytes && _bodies.TryAdd(body, (message.BodyAt, (int)message.BodyLength)))
        {
            // Until this ends; whoever comes to share it counts it too.
            _journal.AddLive(message.BodyAt, message.BodyLength);
        }
    }

    private long StepOnce()
    {
        if (_queue is null or { Deleted: true })
        {
            NextQueue();
            return 0;
        }

        if (_pages.TryDequeue(out ColdPage? page))
        {
            if (!page.Dropped)
            {
                Relocate(new PageRelocation(this, _queue, page));
            }

            return 0;
        }

        if (_walk!.Take() is not { } entry)
        {
            if (_unloaded.Count > 0)
            {
                RelocateUnloaded();
            }
            else
            {
                NextQueue();
            }

            return 0;
        }

        if (!(entry.Stored || entry.Spilled) || !Places.Hold(entry.Message is { } loaded ? StoredPlace.Of(loaded) : entry.Place))
        {
            return 0;
        }

        if (entry.Message is { } message)
        {
            return Move(entry, message);
        }

        _unloaded.Add(entry);
        _unloadedBytes += entry.Place.Length;
        if (_unloaded.Count == EntriesPerRead || _unloadedBytes >= _bytesPerStep)
        {
            RelocateUnloaded();
        }

        return 0;
    }

    /// <summary>Its message is in memory: nobody reads it from the journal before the disk has it.</summary>
    private long Move(QueueEntry entry, Message message)
    {
        StoredPlace before = StoredPlace.Of(message);
        if (message.StoredReferences > 1)
        {
            // Other queues keep it too: each finds its own, since each ends on its own. The body is written once.
            Message own = message.Clone();
            Copy(own);
            _host.SetMessage(entry, own);
        }
        else
        {
            Copy(message);
            _host.MessageMoved(message, in before);
        }

        if (entry.Stored)
        {
            _moved.Add(VirtualHost.Describe(entry));
        }

        return entry.Message!.StoredLength;
    }

    private void RelocateUnloaded()
    {
        // An entry that ended since is somebody else's, or nobody's.
        QueueEntry[] entries = [.. _unloaded.Where(e => ReferenceEquals(e.Queue, _queue) && e.Message is null && (e.Stored || e.Spilled))];
        _unloaded.Clear();
        _unloadedBytes = 0;
        if (entries.Length > 0)
        {
            Relocate(new EntryRelocation(this, _queue!, entries));
        }
    }

    private void Relocate(Relocation relocation)
    {
        _relocation = relocation;
        _host.ReadLater(relocation);
    }

    private void NextQueue()
    {
        FlushMoved();
        if (_walk is not null)
        {
            _queue!.EndWalk(_walk);
            _walk = null;
        }

        _unloaded.Clear();
        _unloadedBytes = 0;
        _pages.Clear();
        if (!_queues.TryDequeue(out _queue))
        {
            End();
        }
        else if (!_queue.Deleted)
        {
            _walk = _queue.BeginWalk();
            if (_queue.ColdCount > 0)
            {
                foreach (ColdPage page in _queue.Pages)
                {
                    if (Places.Hold(page))
                    {
                        _pages.Enqueue(page);
                    }
                }
            }
        }
    }

    private void FlushMoved()
    {
        if (_moved.Count > 0)
        {
            _host.LogMoved(_queue!, _moved);
            _moved.Clear();
        }
    }

    private void End()
    {
        IsDone = true;
        foreach ((long at, int length) in _bodies.Values)
        {
            _journal.RemoveLive(at, length);
        }

        _bodies.Clear();
    }
}
