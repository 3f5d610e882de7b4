using System.Numerics;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Queues;

/// <summary>
/// A queue: its entries in order, who consumes them, and what its arguments ask for. Lane only.
/// Always holds: every entry in memory is in the chain from <c>_first</c> to <c>_last</c>; it is either ready, in the ready
/// list of its level, or unacked, in exactly one channel's list, or delayed, in the heap of those, or dying, in the line of
/// those. Its message may be in the journal alone, whichever it is; the other messages that are there alone are ready, in pages.
/// </summary>
internal partial class MessageQueue : Destination, ITimed
{
    /// <summary>Quorum queues have so many levels of priority without being asked (RabbitMQ 4.3).</summary>
    private const int QuorumLevels = 32;

    /// <summary>The level of a message that says nothing of its priority, there.</summary>
    private const int QuorumLevelWithout = 4;

    private readonly VirtualHost _host;
    private readonly int _levelWithout;
    private readonly ReadyList[] _levels;
    private readonly ulong[] _levelsInUse;
    private QueueEntry? _first;
    private QueueEntry? _last;

    internal MessageQueue(VirtualHost host, int id, QueueDeclaration declaration, QueueArguments arguments)
        : base(declaration.Name)
    {
        _host = host;
        Id = id;
        Declaration = declaration;
        Arguments = arguments;
        Settings = QueueSettings.Of(arguments, PolicyValues.None);
        bool quorum = arguments.Type == QueueType.Quorum;
        Consumers = new ConsumerSet(arguments.SingleActiveConsumer, preempts: quorum);
        _levels = new ReadyList[quorum ? QuorumLevels : (arguments.MaxPriority ?? 0) + 1];
        _levelWithout = quorum ? QuorumLevelWithout : 0;
        _levels[0] = new ReadyList();
        _levelsInUse = new ulong[(_levels.Length + 63) / 64];
    }

    internal VirtualHost Host => _host;

    /// <summary>Names it in the journal; never used again in its virtual host.</summary>
    internal int Id { get; }

    /// <inheritdoc/>
    public override bool Durable => Declaration.EffectiveDurable;

    internal bool AutoDelete => Declaration.AutoDelete;

    /// <summary>The properties it was declared with.</summary>
    internal QueueDeclaration Declaration { get; }

    /// <summary>The connection that alone may use it and takes it along when it ends.</summary>
    internal Session? Owner { get; init; }

    /// <summary>What it was declared with.</summary>
    internal QueueArguments Arguments { get; }

    /// <summary>What holds for it now: its arguments and what policies say.</summary>
    internal QueueSettings Settings { get; private set; }

    /// <summary>The policies that hold for it.</summary>
    internal AppliedPolicies Policies { get; private set; } = AppliedPolicies.None;

    internal ConsumerSet Consumers { get; }

    /// <summary>An auto-delete queue goes only after it had a consumer.</summary>
    internal bool HadConsumer { get; set; }

    internal bool Deleted { get; private set; }

    internal int ReadyCount { get; private set; }

    internal long ReadyBytes { get; private set; }

    internal int UnackedCount { get; private set; }

    /// <summary>Bytes in bodies of unacknowledged messages.</summary>
    internal long UnackedBytes { get; private set; }

    internal long NextSequence { get; private set; } = 1;

    /// <summary>Up to here entries may have been delivered: after an unclean stop they come back as redelivered.</summary>
    internal long DeliveredUpTo { get; private set; }

    /// <summary>Sequences that ended in this turn and are not logged yet.</summary>
    internal SequenceRanges EndedThisTurn { get; } = new();

    /// <summary>The delivered watermark moved in this turn and is not logged yet.</summary>
    internal bool DeliveredThisTurn { get; set; }

    /// <summary>It waits for <see cref="VirtualHost.EndCommand"/> to look at it.</summary>
    internal bool PumpPending { get; set; }

    /// <summary>How long a delivery may stay unacknowledged, in milliseconds; 0 for as long as it likes.</summary>
    internal long ConsumerTimeoutMs => Settings.ConsumerTimeoutMs ?? _host.Limits.ConsumerTimeoutMs;

    /// <summary>Entries up to <see cref="DeliveredUpTo"/> were marked as redelivered after a crash, which the journal does not know yet.</summary>
    internal bool MarkedAtStart { get; set; }

    /// <summary>While replaying: the position up to which the queue's image already holds all effects.</summary>
    internal long ImageStamp { get; set; }

    /// <summary>An entry in memory; the others follow by <see cref="QueueEntry.Newer"/>, in no certain order.</summary>
    internal QueueEntry? First => _first;

    /// <summary>After an unclean stop: entries up to here may have been delivered before it.</summary>
    internal long MaybeDeliveredUpTo { get; set; }

    /// <summary>Effective message deadline for a message that comes now; TTLs of queue and message, the shorter counts.</summary>
    internal virtual long DeadlineFor(Message message, long nowMs)
    {
        long ttl = Settings.MessageTtlMs;
        if (message.ExpirationMs >= 0 && message.ExpirationMs < ttl)
        {
            ttl = message.ExpirationMs;
        }

        return ttl == QueueSettings.Unlimited ? QueueEntry.Never : nowMs + ttl;
    }

    internal long TakeSequence() => NextSequence++;

    /// <summary>
    /// Adds an entry at the end without offering it to anybody. Takes a reference to the message.
    /// </summary>
    internal QueueEntry Add(long sequence, Message message, long deadlineMs, bool stored) =>
        Add(sequence, message, deadlineMs, stored, message.Priority ?? _levelWithout);

    /// <summary>The same, for a message whose priority is known from elsewhere.</summary>
    internal QueueEntry Add(long sequence, Message message, long deadlineMs, bool stored, int level)
    {
        QueueEntry entry = _host.Entries.Rent();
        message.Retain();
        entry.Queue = this;
        entry.Message = message;
        entry.Sequence = sequence;
        entry.DeadlineMs = deadlineMs;
        entry.Stored = stored;
        entry.Level = (byte)Math.Min(level, _levels.Length - 1);
        if (sequence >= NextSequence)
        {
            NextSequence = sequence + 1;
        }

        if (stored)
        {
            _host.AddStoredReference(message);
        }

        Chain(entry);
        MakeReady(entry).Append(entry);
        if (deadlineMs != QueueEntry.Never)
        {
            NoteDeadline(entry);
        }

        return entry;
    }

    /// <summary>While replaying: the watermark and the next sequence, as they were.</summary>
    internal void Restore(long deliveredUpTo, long nextSequence)
    {
        DeliveredUpTo = Math.Max(DeliveredUpTo, deliveredUpTo);
        NextSequence = Math.Max(NextSequence, nextSequence);
    }

    /// <summary>
    /// The next entry to deliver: the oldest of the highest priority level in use. Null if there is none, or if its message is
    /// not in memory.
    /// </summary>
    internal QueueEntry? Head() => TopList()?.Peek() is { Message: not null } head ? head : null;

    /// <summary>The list of the highest priority level in use.</summary>
    private ReadyList? TopList()
    {
        for (int word = _levelsInUse.Length - 1; word >= 0; word--)
        {
            if (_levelsInUse[word] != 0)
            {
                return _levels[(word * 64) + 63 - BitOperations.LeadingZeroCount(_levelsInUse[word])];
            }
        }

        return null;
    }

    /// <summary>Marks the entry ready and counts it; the caller puts it into the list returned.</summary>
    private ReadyList MakeReady(QueueEntry entry)
    {
        entry.State = EntryState.Ready;
        ReadyCount++;
        ReadyBytes += entry.BodyLength;
        _host.Memory.Add(this, entry);
        ReadyList list = _levels[entry.Level] ??= new ReadyList();
        _levelsInUse[entry.Level >> 6] |= 1UL << (entry.Level & 63);
        return list;
    }

    /// <summary>Takes a ready entry out of its ready list; it stays a live entry.</summary>
    private void TakeReady(QueueEntry entry)
    {
        ReadyList list = _levels[entry.Level];
        list.Remove(entry);
        if (list.IsEmpty)
        {
            _levelsInUse[entry.Level >> 6] &= ~(1UL << (entry.Level & 63));
        }
        else if ((list.Pages.Count > 0 || list.UnloadedCount > 0) && list.LoadedHeadBytes < _host.Memory.HeadBytes)
        {
            LoadHead();
        }

        ReadyCount--;
        ReadyBytes -= entry.BodyLength;
        _host.Memory.Remove(entry);
    }

    /// <summary>Takes an entry that is in no ready list out of the queue and gives back what it held.</summary>
    private void Free(QueueEntry entry)
    {
        Unchain(entry);
        entry.State = EntryState.Gone;
        if (entry.Stored || entry.Spilled)
        {
            _host.RemoveStored(entry);
        }

        entry.Message?.Release();
        _host.Entries.Return(entry);
    }

    private void Chain(QueueEntry entry)
    {
        entry.Older = _last;
        entry.Newer = null;
        if (_last is null)
        {
            _first = entry;
        }
        else
        {
            _last.Newer = entry;
        }

        _last = entry;
    }

    private void Unchain(QueueEntry entry)
    {
        if (_walks is not null)
        {
            PassWalks(entry);
        }

        if (entry.Older is null)
        {
            _first = entry.Newer;
        }
        else
        {
            entry.Older.Newer = entry.Newer;
        }

        if (entry.Newer is null)
        {
            _last = entry.Older;
        }
        else
        {
            entry.Newer.Older = entry.Older;
        }

        entry.Older = null;
        entry.Newer = null;
    }
}
