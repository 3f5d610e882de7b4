namespace AmqpBroker.Simulation;

/// <summary>
/// What is durable: after each step what the journal must give back is written down with the journal's position. A crash
/// takes the model back to the last of these that the journal kept.
/// </summary>
internal sealed partial class ModelBroker
{
    private readonly List<Durable> _history = [];

    private sealed record Durable(long Position, ExchangeSpec[] Exchanges, BindingSpec[] Bindings, DurableQueue[] Queues);

    private sealed record DurableQueue(QueueSpec Spec, int Number, long DeliveredUpTo, DurableEntry[] Entries);

    private sealed record DurableEntry(ModelMessage Message, long Order, long Deadline, int Returns, bool Redelivered);

    /// <summary>Writes down what is durable once the journal is so up to its end.</summary>
    /// <param name="committed">Up to here it is: what was before that will not come back.</param>
    internal void Remember(long committed)
    {
        if (_history.Count > 0 && _history[^1].Position == position())
        {
            _history.RemoveAt(_history.Count - 1);
        }

        _history.Add(Capture(position()));
        int kept = _history.FindLastIndex(d => d.Position <= committed);
        if (kept > 0)
        {
            _history.RemoveRange(0, kept);
        }
    }

    /// <summary>The machine lost its power, or stopped in order: what the journal kept is there, all of it ready.</summary>
    internal void Restart(long durableTo, bool cleanStop)
    {
        Durable left = _history.FindLast(d => d.Position <= durableTo)
            ?? throw new ViolationException($"The journal ends at {durableTo}, before what was durable.");
        _history.Clear();
        _history.Add(left with { Position = durableTo });
        Clients.Clear();
        Channels.Clear();
        Queues.Clear();
        Router.Exchanges.Clear();
        Router.Bindings.Clear();
        Router.Bindings.AddRange(left.Bindings);
        foreach (ExchangeSpec exchange in left.Exchanges)
        {
            Router.Exchanges.Add(exchange.Name, exchange);
        }

        foreach (DurableQueue kept in left.Queues)
        {
            Queues.Add(kept.Spec.Name, Revive(kept, cleanStop));
        }

        foreach (ModelQueue queue in Queues.Values)
        {
            // What was out is ready again, and may be too much.
            queue.HasReturns = true;
        }

        Tick();
    }

    private ModelQueue Revive(DurableQueue kept, bool cleanStop)
    {
        var queue = new ModelQueue(kept.Spec, kept.Number) { UsedAt = Now, DeliveredUpTo = kept.DeliveredUpTo };
        foreach (DurableEntry entry in kept.Entries)
        {
            bool maybeDelivered = entry.Order <= kept.DeliveredUpTo;
            queue.Entries.Add(new ModelEntry(entry.Message, entry.Order, entry.Deadline, stored: true)
            {
                Returns = entry.Returns,
                Redelivered = entry.Redelivered || (!cleanStop && maybeDelivered),
            });
        }

        return queue;
    }

    private Durable Capture(long at)
    {
        var queues = Queues.Values.Where(q => q.Spec.Survives).ToDictionary(q => q.Name);
        return new Durable(
            at,
            [.. Router.Exchanges.Values.Where(e => e.Durable)],
            [.. Router.Bindings.Where(b => Router.Survives(b, queues.ContainsKey))],
            [.. queues.Values.Select(q => new DurableQueue(
                q.Spec,
                q.Number,
                q.DeliveredUpTo,
                [.. q.Entries.Where(e => e.Stored).Select(e => new DurableEntry(
                    e.Message, e.Order, e.Deadline, e.Returns, e.Redelivered))]))]);
    }
}
