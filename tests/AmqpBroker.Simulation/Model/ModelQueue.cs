namespace AmqpBroker.Simulation;

/// <summary>A message in one queue.</summary>
internal sealed class ModelEntry(ModelMessage message, long order, long deadline, bool stored)
{
    internal const long Never = long.MaxValue;

    internal ModelMessage Message { get; } = message;

    /// <summary>Its place among all that ever came: what comes back goes there.</summary>
    internal long Order { get; set; } = order;

    /// <summary>In milliseconds of the clock.</summary>
    internal long Deadline { get; } = deadline;

    internal bool Stored { get; } = stored;

    internal bool Ready { get; set; } = true;

    internal int Returns { get; set; }

    internal bool Redelivered { get; set; }
}

/// <summary>A queue as anybody would describe it: a list of messages in order, its consumers, and what its arguments ask for.</summary>
internal sealed class ModelQueue(QueueSpec spec, int number)
{
    internal QueueSpec Spec { get; } = spec;

    /// <summary>In the order in which queues were declared.</summary>
    internal int Number { get; } = number;

    internal string Name => Spec.Name;

    internal ModelClient? Owner { get; set; }

    internal List<ModelEntry> Entries { get; } = [];

    /// <summary>In the order in which they came.</summary>
    internal List<ModelConsumer> Consumers { get; } = [];

    /// <summary>The one that a queue with a single active consumer serves.</summary>
    internal ModelConsumer? Active { get; set; }

    internal ModelConsumer? LastServed { get; set; }

    /// <summary>The others that could have been served then.</summary>
    internal ModelConsumer[] PassedOver { get; set; } = [];

    internal bool HadConsumer { get; set; }

    internal bool Deleted { get; set; }

    internal bool HasReturns { get; set; }

    /// <summary>What the command gave back once too often.</summary>
    internal List<ModelEntry> BackTooOften { get; } = [];

    /// <summary>When its lease began (x-expires).</summary>
    internal long UsedAt { get; set; }

    /// <summary>The highest place of a stored message that was delivered: after a crash all up to here may have been.</summary>
    internal long DeliveredUpTo { get; set; } = -1;

    internal int ReadyCount => Entries.Count(e => e.Ready);

    internal long ReadyBytes => Entries.Where(e => e.Ready).Sum(e => (long)e.Message.Length);

    internal bool OverLimits(int moreCount, long moreBytes) =>
        (Spec.MaxLength is { } most && ReadyCount + moreCount > most)
        || (Spec.MaxBytes is { } bytes && ReadyBytes + moreBytes > bytes);

    internal bool Rejects => Spec.Overflow is "reject-publish" or "reject-publish-dlx";

    internal long LeaseEnd => Spec.Expires is { } expires && Consumers.Count == 0 ? UsedAt + expires : ModelEntry.Never;

    internal int LevelOf(ModelEntry entry) => Math.Min(entry.Message.Priority ?? Spec.OwnPriority, Spec.MaxPriority);

    /// <summary>The next to go: the oldest of the highest priority.</summary>
    internal ModelEntry? Head()
    {
        ModelEntry? head = null;
        foreach (ModelEntry entry in Entries)
        {
            if (entry.Ready && (head is null || LevelOf(entry) > LevelOf(head)))
            {
                head = entry;
            }
        }

        return head;
    }

    internal long DeadlineFor(ModelMessage message, long now)
    {
        long ttl = Math.Min(
            Spec.Ttl ?? ModelEntry.Never,
            message.Expiration is { } text ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : ModelEntry.Never);
        return ttl == ModelEntry.Never ? ModelEntry.Never : now + ttl;
    }

    internal int? ToldReturns(ModelEntry entry, bool got) =>
        (Spec.Quorum && got) || (entry.Returns > 0 && Spec.TellsReturns) ? entry.Returns : null;

    /// <summary>Who may be served next: of those with room the ones of the highest priority; only the active one where there is one.</summary>
    internal List<ModelConsumer> Candidates()
    {
        var able = new List<ModelConsumer>();
        foreach (ModelConsumer consumer in Consumers)
        {
            if (!consumer.HasRoom || (Spec.SingleActive && (consumer != Active || Successor is not null)))
            {
                continue;
            }

            if (able.Count > 0 && consumer.Priority > able[0].Priority)
            {
                able.Clear();
            }

            if (able.Count == 0 || consumer.Priority == able[0].Priority)
            {
                able.Add(consumer);
            }
        }

        return able;
    }

    internal void Add(ModelConsumer consumer)
    {
        Consumers.Add(consumer);
        HadConsumer = true;
        if (Spec.SingleActive)
        {
            Active ??= consumer;
        }

        Preempt();
    }

    /// <summary>The next active one has the highest priority, and of those came first.</summary>
    internal void Remove(ModelConsumer consumer)
    {
        Consumers.Remove(consumer);
        if (Active == consumer)
        {
            Active = null;
            foreach (ModelConsumer other in Consumers)
            {
                Active = Active is null || other.Priority > Active.Priority ? other : Active;
            }
        }

        Preempt();
    }

    /// <summary>On a quorum queue the active one gives way to one of a higher priority once it has settled all it has.</summary>
    internal void Preempt()
    {
        if (Active is { Unacked: 0 } && Successor is { } next)
        {
            Active = next;
        }
    }

    /// <summary>Of a higher priority than the active one: the first of the highest.</summary>
    private ModelConsumer? Successor => Spec.Quorum && Active is not null
        ? Consumers.Where(c => c.Priority > Active.Priority).OrderByDescending(c => c.Priority).FirstOrDefault()
        : null;
}
