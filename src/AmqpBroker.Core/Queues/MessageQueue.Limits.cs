using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Queues;

/// <summary>What ends entries without a consumer: length limits, expiry, and the way to the dead-letter exchange.</summary>
internal partial class MessageQueue
{
    /// <summary>Dead deadlines kept before the heap is made anew: below this a rebuild costs more than it frees.</summary>
    private const int DeadDeadlinesKept = 1024;

    /// <summary>Entries expired in one tick, so that a million deadlines at once do not hold the lane for more than a millisecond.</summary>
    private const int ExpiredPerTick = 500;

    /// <summary>
    /// Dropped at a time when a limit has become much smaller, so that a queue of a million does not hold the lane for more
    /// than a millisecond: the rest follows at ticks.
    /// </summary>
    internal const int DroppedPerTick = 500;

    // By deadline, then by arrival: what expires in one millisecond dies, and is dead-lettered, in the queue's order.
    private PriorityQueue<QueueEntry, (long DeadlineMs, long Sequence)>? _deadlines;
    private readonly List<QueueEntry> _overDeliveryLimit = [];
    private bool _hasReturns;
    private long _armedForMs = QueueEntry.Never;

    /// <summary>When the queue itself expires unused (x-expires), in milliseconds of the wall clock, or never.</summary>
    internal long UnusedUntilMs { get; private set; } = QueueEntry.Never;

    /// <summary>A publish would overflow a queue that rejects what it cannot take (x-overflow reject-publish…).</summary>
    internal bool Refuses(Message message) =>
        Settings.RefusesOverflow
        && (ReadyCount + 1 > Settings.MaxLength || ReadyBytes + message.BodyLength > Settings.MaxLengthBytes);

    /// <summary>A refused publish is dead-lettered by reject-publish-dlx, forgotten by reject-publish.</summary>
    internal void Refused(Message message)
    {
        if (Settings.Overflow == Overflow.RejectPublishDeadLetter && Settings.DeadLetterExchange is not null)
        {
            _host.DeadLetters.Add(this, message, DeathReason.MaxLength);
        }
    }

    private bool IsOverLimit =>
        ReadyCount > 0
        && (ReadyCount > Settings.MaxLength || ReadyBytes > Settings.MaxLengthBytes)
        && !Settings.RefusesOverflow;

    /// <summary>Drops from the head what is over the length limits, a share of it at most. Gives how many it dropped.</summary>
    internal int DropOverflow()
    {
        int dropped = 0;
        while (IsOverLimit)
        {
            if (dropped == DroppedPerTick)
            {
                ArmFor(_host.NowMs);
                break;
            }

            if (Head() is not { } head)
            {
                LoadHead();
                break;
            }

            TakeReady(head);
            DeadLetter(head, DeathReason.MaxLength);
            dropped++;
        }

        return dropped;
    }

    /// <summary>These policies hold, with the queue's arguments. Nothing follows from it yet.</summary>
    internal void Apply(AppliedPolicies policies)
    {
        Policies = policies;
        Settings = QueueSettings.Of(Arguments, policies.Values);
    }

    /// <summary>
    /// From now on these policies hold, if they are others than before: what is over the limits goes, and an unused queue's
    /// lease begins anew. Messages keep the deadlines that they came with, as in RabbitMQ. Gives how many were dropped.
    /// </summary>
    internal int Reapply(AppliedPolicies policies)
    {
        if (policies.IsSameAs(Policies))
        {
            return 0;
        }

        Apply(policies);
        UnusedUntilMs = QueueEntry.Never;
        NoteUse();
        return DropOverflow();
    }

    /// <inheritdoc/>
    int IHeapItem.HeapPlace { get; set; }

    /// <summary>The clock moved: ends what is due.</summary>
    void ITimed.Tick()
    {
        _armedForMs = QueueEntry.Never;
        if (UnusedUntilMs <= _host.NowMs && Consumers.Count == 0)
        {
            _host.Delete(this);
            return;
        }

        ExpireDue();
        EndDelays();
        DropOverflow();
        ReadColdDue();
        Arm();
    }

    /// <summary>A declare, a get or the end of the last consumer renews the lease of a queue with x-expires.</summary>
    internal void NoteUse()
    {
        if (Settings.ExpiresMs != QueueSettings.Unlimited)
        {
            UnusedUntilMs = _host.NowMs + Settings.ExpiresMs;
            Arm();
        }
    }

    /// <summary>After a message with a deadline came: a TTL of 0 lets it die unless a consumer took it at once.</summary>
    internal void ExpireDue()
    {
        for (int i = 0; i < ExpiredPerTick && ExpireNext(); i++)
        {
        }
    }

    /// <summary>
    /// After all that a command gave back is in its place again: what is past its deadline or over the limits ends, from the
    /// head on, before a consumer is offered anything. A quorum queue offers what is there before it drops what is too much.
    /// </summary>
    internal void EndReturns()
    {
        EndOverDeliveryLimit();
        if (_hasReturns && !_host.IsWarmingUp)
        {
            _hasReturns = false;
            ExpireDue();
            if (Arguments.Type == QueueType.Quorum)
            {
                Pump();
            }

            DropOverflow();
        }
    }

    /// <summary>What came back once too often dies in the queue's order, whatever the order in which it was given back.</summary>
    private void EndOverDeliveryLimit()
    {
        if (_overDeliveryLimit.Count == 0)
        {
            return;
        }

        _overDeliveryLimit.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        foreach (QueueEntry entry in _overDeliveryLimit)
        {
            DeadLetter(entry, DeathReason.DeliveryLimit);
        }

        _overDeliveryLimit.Clear();
    }

    private bool ExpireNext()
    {
        while (_deadlines is not null && _deadlines.TryPeek(out QueueEntry? entry, out (long DeadlineMs, long Sequence) due))
        {
            bool live = entry.Sequence == due.Sequence && ReferenceEquals(entry.Queue, this)
                && entry.State is (EntryState.Ready or EntryState.Delayed);
            if (live && (due.DeadlineMs > _host.NowMs || ColdDieFirst(due)))
            {
                return false;
            }

            _deadlines.Dequeue();
            if (live)
            {
                Expire(entry);
                return true;
            }
        }

        return false;
    }

    private void Expire(QueueEntry entry)
    {
        TakeWaiting(entry);
        EndExpired(entry);
    }

    /// <summary>Something happens to messages whose time is up: their end alone is not enough.</summary>
    private protected virtual bool ExpiryWantsMessages => Settings.DeadLetterExchange is not null;

    /// <summary>Ends an entry whose time is up and that is in no ready list any more.</summary>
    private protected virtual void EndExpired(QueueEntry entry) => DeadLetter(entry, DeathReason.Expired);

    /// <summary>Ends an entry that is in no ready list; a copy goes to the dead-letter exchange if there is one.</summary>
    private void DeadLetter(QueueEntry entry, DeathReason reason)
    {
        if (Settings.DeadLetterExchange is not null)
        {
            if (entry.Message is not { } message || _dying is { Count: > 0 })
            {
                DieLater(entry, reason);
                return;
            }

            _host.DeadLetters.Add(this, message, reason);
        }

        Settle(entry);
    }

    private void NoteDeadline(QueueEntry entry)
    {
        _deadlines ??= new();
        if (_deadlines.Count > (2 * (WarmCount + UnackedCount + DelayedCount)) + DeadDeadlinesKept)
        {
            ForgetDeadDeadlines();
        }

        _deadlines.Enqueue(entry, (entry.DeadlineMs, entry.Sequence));
        if (entry.DeadlineMs < _armedForMs)
        {
            Arm();
        }
    }

    /// <summary>Most messages are settled before their deadline; their deadlines must not pile up until then.</summary>
    private void ForgetDeadDeadlines()
    {
        var live = new PriorityQueue<QueueEntry, (long DeadlineMs, long Sequence)>();
        for (QueueEntry? entry = _first; entry is not null; entry = entry.Newer)
        {
            if (entry.DeadlineMs != QueueEntry.Never)
            {
                live.Enqueue(entry, (entry.DeadlineMs, entry.Sequence));
            }
        }

        _deadlines = live;
    }

    private void Arm()
    {
        if (Deleted)
        {
            return;
        }

        long next = Consumers.Count == 0 ? UnusedUntilMs : QueueEntry.Never;
        if (_deadlines is not null && _deadlines.TryPeek(out _, out (long DeadlineMs, long Sequence) due) && due.DeadlineMs < next
            && !ColdDieFirst(due))
        {
            next = due.DeadlineMs;
        }

        next = Math.Min(next, NextColdLookMs());
        ArmFor(Math.Min(next, _delayed?.FirstKey ?? QueueEntry.Never));
    }

    private void ArmFor(long timeMs)
    {
        if (timeMs < _armedForMs)
        {
            _armedForMs = timeMs;
            _host.Timers.Set(this, timeMs);
        }
    }

    private void Disarm()
    {
        _deadlines = null;
        _host.Timers.Cancel(this);
    }
}
