using System.Runtime.InteropServices;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Keeps what ready messages take of memory within a budget: beyond it, queues put the messages that are delivered last into
/// pages, in turns. Lane only.
/// </summary>
internal sealed class MemoryBudget
{
    /// <summary>What a ready message takes besides its bytes: its entry and its object.</summary>
    private const int EntryBytes = 400;

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

    internal MemoryBudget(long limitBytes, long coldExpiryStepMs)
    {
        LimitBytes = limitBytes;
        ColdExpiryStepMs = coldExpiryStepMs;
        _actAtBytes = limitBytes;
    }

    /// <summary>What ready messages may take.</summary>
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

    /// <summary>A message of a queue is ready in memory.</summary>
    internal void Add(MessageQueue queue, Message message)
    {
        Bytes += BytesOf(message);
        if (!queue.IsInBudget)
        {
            queue.IsInBudget = true;
            _queues.Add(queue);
        }
    }

    /// <summary>It is not any more.</summary>
    internal void Remove(Message message) => Bytes -= BytesOf(message);

    /// <summary>What a message that waits takes of memory.</summary>
    internal static long BytesOf(Message message) => message.Bytes + EntryBytes;

    /// <summary>
    /// Between two commands: puts messages away while there are too many. Not while the journal has no room: then publishers
    /// wait, and what is left of the disk is for those who take messages away.
    /// </summary>
    internal void Keep(IJournal journal)
    {
        if (Bytes > _actAtBytes && journal.HasRoom)
        {
            PutAway();
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

    private void PutAway()
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
                    return;
                case Cooling.Awaits:
                    _actAtBytes = Bytes + RetryBytes;
                    return;
                default:
                    _next++;
                    break;
            }
        }

        _actAtBytes = Bytes + RetryBytes;
    }
}
