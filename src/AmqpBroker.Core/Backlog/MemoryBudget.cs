using System.Runtime.InteropServices;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Keeps what messages take of memory within a budget. Beyond it, those that are with consumers, or wait to be delivered again,
/// are unloaded first: mostly nobody wants them any more. Then queues put the messages that are delivered last into pages, in
/// turns. Lane only.
/// </summary>
internal sealed class MemoryBudget
{
    /// <summary>What a ready message takes besides its bytes: its entry and its object.</summary>
    private const int EntryBytes = 400;

    /// <summary>What remains in memory of an unloaded one: its entry, and what its channel knows of it.</summary>
    internal const int UnloadedEntryBytes = 200;

    /// <summary>Held messages looked at in one command: enough to keep pace with what a command brings in.</summary>
    private const int HeldPerCommand = 64;

    /// <summary>A full page, in bytes of memory: well above the bytes of bodies that end one.</summary>
    private const long FullPageBytes = 1024 * 1024;

    /// <summary>
    /// Kept in memory at the head of a queue that somebody takes from: delivered in the milliseconds that a page takes to be read.
    /// </summary>
    private const long MostHeadBytes = 2 * 1024 * 1024;

    /// <summary>Nothing could be put away: looked at again when memory has grown by this much.</summary>
    private const long RetryBytes = 1024 * 1024;

    /// <summary>Queues looked at in one command, so that a hundred thousand empty ones do not hold the lane.</summary>
    private const int QueuesPerCommand = 64;

    private readonly List<MessageQueue> _queues = [];
    private readonly Queue<ColdPage> _written = new();
    private readonly Queue<(ColdPage Page, int Checkpoint)> _retired = new();
    private readonly Dictionary<long, long> _retiredBytes = [];
    private int _next;
    private int _checkpoints;
    private long _actAtBytes;
    private readonly HeldList _held = new();

    internal MemoryBudget(long limitBytes, long coldExpiryStepMs)
    {
        LimitBytes = limitBytes;
        ColdExpiryStepMs = coldExpiryStepMs;
        _actAtBytes = limitBytes;
    }

    /// <summary>What messages may take.</summary>
    internal long LimitBytes { get; }

    /// <summary>See <see cref="VirtualHosts.VirtualHostLimits.ColdExpiryStepMs"/>.</summary>
    internal long ColdExpiryStepMs { get; }

    /// <summary>What stays in memory at the head of a queue that somebody takes from: all such heads have half the budget, and one message each at least.</summary>
    internal long HeadBytes => Math.Clamp(LimitBytes / 2 / Math.Max(1, _queues.Count), 1, MostHeadBytes);

    /// <summary>Memory that a page is to free, or it waits for more.</summary>
    internal long PageBytes => Math.Min(FullPageBytes, LimitBytes / 128);

    /// <summary>After a start, messages may be brought in that nobody asked for: up to a quarter, so that those that come find room.</summary>
    internal bool HasRoomToWarmUp => Bytes < LimitBytes / 4;

    /// <summary>What they take.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Entries that are not ready: unacknowledged, delayed, or on their way to a dead-letter exchange.</summary>
    internal int HeldCount { get; private set; }

    /// <summary>An entry of a queue is ready in memory.</summary>
    internal void Add(MessageQueue queue, QueueEntry entry)
    {
        Bytes += BytesOf(entry);
        if (!queue.IsInBudget)
        {
            queue.IsInBudget = true;
            _queues.Add(queue);
        }
    }

    /// <summary>It is not any more.</summary>
    internal void Remove(QueueEntry entry) => Bytes -= BytesOf(entry);

    /// <summary>An entry stays that is not ready: its message may be unloaded.</summary>
    internal void Hold(QueueEntry entry)
    {
        HeldCount++;
        Bytes += BytesOf(entry);
        if (entry.Message is not null)
        {
            _held.Add(entry);
        }
    }

    /// <summary>It is ready again, or ends.</summary>
    internal void LetGo(QueueEntry entry)
    {
        HeldCount--;
        Bytes -= BytesOf(entry);
        _held.Remove(entry);
    }

    /// <summary>
    /// The message of an unloaded entry is in memory again: somebody wants it at once, so it is not unloaded once more if the
    /// entry is a held one.
    /// </summary>
    internal void Load(QueueEntry entry, Message message)
    {
        entry.Message = message;
        entry.Place = default;
        message.StoredReferences = 1;
        Bytes += BytesOf(entry) - UnloadedEntryBytes;
    }

    /// <summary>What an entry takes of memory, with its message if that is there.</summary>
    internal static long BytesOf(QueueEntry entry) =>
        entry.Message is { } message ? message.Bytes + EntryBytes : UnloadedEntryBytes;

    /// <summary>
    /// Between two commands: unloads messages and puts them away while there are too many. Nothing is written while the journal
    /// has no room: then publishers wait, and what is left of the disk is for those who take messages away.
    /// </summary>
    internal void Keep(VirtualHost host)
    {
        if (Bytes <= _actAtBytes)
        {
            return;
        }

        Unload(host, maySpill: false);
        if (Bytes > LimitBytes && host.Journal.HasRoom && !PutAway())
        {
            Unload(host, maySpill: true);
        }
    }

    /// <summary>A page's record is on its way to the disk: until it is there, memory keeps the index.</summary>
    internal void NoteWritten(ColdPage page) => _written.Enqueue(page);

    /// <summary>The disk has all up to a position.</summary>
    internal void Committed(long position)
    {
        _actAtBytes = LimitBytes;
        while (_written.TryPeek(out ColdPage? page) && page.RecordAt + page.RecordLength <= position)
        {
            _written.Dequeue();
            page.Index = null;
        }
    }

    /// <summary>
    /// A page's record is not needed by the queue any more. A checkpoint may refer to it: it stays until one that began later is complete.
    /// </summary>
    internal void Retire(ColdPage page, IJournal journal)
    {
        if (!page.HasRecord)
        {
            return;
        }

        if (page.IsInImage)
        {
            _retired.Enqueue((page, _checkpoints));
            CollectionsMarshal.GetValueRefOrAddDefault(_retiredBytes, journal.RegionOf(page.RecordAt), out _) += page.RecordLength;
        }
        else
        {
            journal.RemoveLive(page.RecordAt, page.RecordLength);
        }
    }

    /// <summary>From here on images are written anew.</summary>
    internal void CheckpointBegins() => _checkpoints++;

    /// <summary>The newest checkpoint counts from now on, and those before it do not.</summary>
    internal void CheckpointCompleted(IJournal journal)
    {
        while (_retired.TryPeek(out (ColdPage Page, int Checkpoint) retired) && retired.Checkpoint < _checkpoints)
        {
            _retired.Dequeue();
            long region = journal.RegionOf(retired.Page.RecordAt);
            if ((_retiredBytes[region] -= retired.Page.RecordLength) == 0)
            {
                _retiredBytes.Remove(region);
            }

            journal.RemoveLive(retired.Page.RecordAt, retired.Page.RecordLength);
        }
    }

    /// <summary>Bytes of a region of the journal that the next checkpoint gives back.</summary>
    internal long RetiredBytesIn(long region) => _retiredBytes.GetValueOrDefault(region);

    /// <summary>Unloads what was held first, as far as the disk has it, or with <paramref name="maySpill"/> is to have it.</summary>
    private void Unload(VirtualHost host, bool maySpill)
    {
        for (int i = 0; i < HeldPerCommand && Bytes > LimitBytes && _held.First is { } entry; i++)
        {
            _held.Remove(entry);
            if (maySpill ? host.IsReadable(entry) : host.IsReadableAlready(entry))
            {
                Bytes -= BytesOf(entry) - UnloadedEntryBytes;
                VirtualHost.Unload(entry);
            }
            else
            {
                // The others are looked at before it is again.
                _held.Add(entry);
            }
        }
    }

    /// <summary>Has a queue put a page's worth away. Gives false if none can.</summary>
    private bool PutAway()
    {
        for (int i = 0; i < QueuesPerCommand && _queues.Count > 0; i++)
        {
            if (_next >= _queues.Count)
            {
                _next = 0;
            }

            MessageQueue queue = _queues[_next];
            if (queue.Deleted || queue.WarmCount == 0)
            {
                queue.IsInBudget = false;
                _queues[_next] = _queues[^1];
                _queues.RemoveAt(_queues.Count - 1);
                continue;
            }

            switch (queue.CoolPage())
            {
                case Cooling.Done:
                    // The same queue again: a page of it is in one piece, and so are those that follow.
                    return true;
                case Cooling.Awaits:
                    _actAtBytes = Bytes + RetryBytes;
                    return true;
                default:
                    _next++;
                    break;
            }
        }

        _actAtBytes = Bytes + RetryBytes;
        return false;
    }
}
