namespace AmqpBroker.Simulation;

/// <summary>
/// A broker made of lists: what clients must see and what must be in the queues after each command. Whom of several equal
/// consumers a message goes to is not promised, so it takes that from what clients received, and checks that it was allowed.
/// This part moves messages; the others hold what channels do and what a crash leaves.
/// </summary>
/// <param name="position">Where the journal ends: what is to be durable must be so up to there before anybody says so.</param>
internal sealed partial class ModelBroker(Func<long> position)
{
    /// <summary>Letters that die again in the command that brought them forth come into each queue that often at most: errata.</summary>
    private const int VisitsOfOneMessage = 16;

    private readonly Queue<(QueueSpec Queue, ModelMessage Message, string Reason)> _deaths = new();
    private readonly Dictionary<(long Cascade, string Queue), int> _visits = [];
    private long _lastCascade;
    private long _firstCascadeOfCommand = 1;
    private long _nextOrder;
    private int _nextQueue;

    internal long Now { get; set; }

    internal ModelRouter Router { get; } = new();

    internal Dictionary<string, ModelQueue> Queues { get; } = [];

    internal List<ModelClient> Clients { get; } = [];

    internal List<ModelChannel> Channels { get; } = [];

    /// <summary>The next moment at which something is due by itself.</summary>
    internal long NextDue
    {
        get
        {
            long next = ModelEntry.Never;
            foreach (ModelQueue queue in Queues.Values)
            {
                next = Math.Min(next, queue.LeaseEnd);
                foreach (ModelEntry entry in queue.Entries)
                {
                    next = entry.Ready ? Math.Min(next, entry.Deadline) : next;
                }
            }

            return next;
        }
    }

    /// <summary>What is due now happens, queue by queue in the order in which they were declared.</summary>
    internal void Tick()
    {
        foreach (ModelQueue queue in Queues.Values.OrderBy(q => q.Number).ToArray())
        {
            if (queue.LeaseEnd <= Now)
            {
                Delete(queue);
            }
            else
            {
                Expire(queue);
            }
        }

        EndCommand();
    }

    /// <summary>What one command caused is brought to its end: what came back dies or is offered again, letters go their way.</summary>
    internal void EndCommand()
    {
        foreach (ModelQueue queue in Queues.Values)
        {
            LetReturnsDie(queue);
        }

        foreach (ModelQueue queue in Queues.Values.ToArray())
        {
            EndReturns(queue);
        }

        Pump(Queues.Values);
        foreach (ModelQueue queue in Queues.Values.Where(q => q.HasReturns))
        {
            queue.HasReturns = false;
            DropOverflow(queue);
        }

        while (_deaths.TryDequeue(out (QueueSpec Queue, ModelMessage Message, string Reason) death))
        {
            RouteDeath(death.Queue, death.Message.Die(death.Queue, death.Reason, Now));
        }

        _firstCascadeOfCommand = _lastCascade + 1;
        _visits.Clear();
        foreach (ModelQueue queue in Queues.Values)
        {
            // Who lost its room meanwhile has lost its turn.
            queue.PassedOver = [.. queue.PassedOver.Where(c => c.HasRoom)];
        }
    }

    /// <summary>What was given back is in its place: what is past its time or over the limits goes; quorum queues deliver first.</summary>
    private void EndReturns(ModelQueue queue)
    {
        if (queue.HasReturns)
        {
            queue.HasReturns = queue.Spec.Quorum;
            Expire(queue);
            if (!queue.Spec.Quorum)
            {
                DropOverflow(queue);
            }
        }
    }

    /// <summary>Clients that read have read: their credit is full again.</summary>
    internal void Drain()
    {
        bool drained;
        do
        {
            drained = false;
            foreach (ModelClient client in Clients.Where(c => c.Real.Reads && c.Outstanding > 0))
            {
                drained |= !client.HasCredit;
                client.Outstanding = 0;
            }

            EndCommand();
        }
        while (drained);
    }

    /// <summary>Nobody waits for what could be sent, and everything sent was accounted for.</summary>
    internal void CheckQuiet()
    {
        foreach (ModelQueue queue in Queues.Values)
        {
            if (queue.Consumers.Count > 0 && queue.Head() is { } head && queue.Candidates() is [var waiting, ..])
            {
                throw new ViolationException(
                    $"Consumer {waiting.Tag} should have got message {head.Message.Id} of {queue.Name} {head.Message.Headers(queue.ToldReturns(head, got: false))} next"
                    + (waiting.Channel.Deliveries.TryPeek(out Frame? came) ? $", and got {came}." : "."));
            }
        }

        foreach (ModelChannel channel in Channels)
        {
            if (channel.Deliveries.TryPeek(out Frame? delivery))
            {
                throw new ViolationException($"It should not have got {delivery}.");
            }

            if (channel.Answers.TryPeek(out Frame? answer))
            {
                throw new ViolationException($"The answer is {answer}, expected is {channel.Expected.FirstOrDefault()}.");
            }

            if (channel.Returns.TryPeek(out Frame? returned))
            {
                throw new ViolationException($"Nothing was to be returned: {returned}.");
            }
        }
    }

    /// <summary>Gives a message to queues. False if one of them refused it.</summary>
    private bool Enqueue(ModelMessage message, IEnumerable<string> names, out bool stored)
    {
        bool taken = true;
        stored = false;
        var targets = new List<ModelQueue>();
        foreach (ModelQueue queue in names.Select(n => Queues[n]).ToArray())
        {
            if (queue.Rejects && queue.OverLimits(1, message.Length))
            {
                taken = false;
                if (queue.Spec.Overflow == "reject-publish-dlx")
                {
                    LetDie(queue, message, "maxlen");
                }

                continue;
            }

            bool keep = message.Persistent && queue.Spec.Survives;
            stored |= keep;
            queue.Entries.Add(new ModelEntry(message, _nextOrder++, queue.DeadlineFor(message, Now), keep));
            targets.Add(queue);
        }

        Pump(targets);
        foreach (ModelQueue queue in targets)
        {
            DropOverflow(queue);
            Expire(queue);
        }

        return taken;
    }

    private void RouteDeath(QueueSpec from, ModelMessage letter)
    {
        string exchange = from.DeadLetterExchange!;
        if (exchange.Length > 0 && !Router.Exchanges.ContainsKey(exchange))
        {
            return;
        }

        string[] targets = [.. Router.Route(exchange, letter, Queues.ContainsKey).Where(q => !letter.GoesRoundTo(q))];
        if (letter.Cascade >= _firstCascadeOfCommand)
        {
            targets = [.. targets.Where(q => Visit(letter.Cascade, q) <= VisitsOfOneMessage)];
        }
        else
        {
            letter = letter with { Cascade = ++_lastCascade };
        }

        Enqueue(letter, targets, out _);
    }

    private int Visit(long cascade, string queue) =>
        _visits[(cascade, queue)] = _visits.GetValueOrDefault((cascade, queue)) + 1;

    private void LetDie(ModelQueue queue, ModelMessage message, string reason)
    {
        if (queue.Spec.DeadLetterExchange is not null)
        {
            _deaths.Enqueue((queue.Spec, message, reason));
        }
    }

    /// <summary>In the queue's order, whichever channel gave them back.</summary>
    private void LetReturnsDie(ModelQueue queue)
    {
        foreach (ModelEntry entry in queue.BackTooOften.OrderBy(e => e.Order))
        {
            LetDie(queue, entry.Message, "delivery_limit");
        }

        queue.BackTooOften.Clear();
    }

    private void Expire(ModelQueue queue)
    {
        foreach (ModelEntry entry in queue.Entries.Where(e => e.Ready && e.Deadline <= Now).OrderBy(e => e.Deadline).ToArray())
        {
            queue.Entries.Remove(entry);
            LetDie(queue, entry.Message, "expired");
        }
    }

    private void DropOverflow(ModelQueue queue)
    {
        while (!queue.Rejects && queue.OverLimits(0, 0) && queue.Head() is { } head)
        {
            queue.Entries.Remove(head);
            LetDie(queue, head.Message, "maxlen");
        }
    }

    private void Delete(ModelQueue queue)
    {
        LetReturnsDie(queue);
        queue.Deleted = true;
        Queues.Remove(queue.Name);
        Router.Bindings.RemoveAll(b => !b.ToExchange && b.Destination == queue.Name);
        foreach (ModelConsumer consumer in queue.Consumers.ToArray())
        {
            queue.Remove(consumer);
            consumer.Channel.Consumers.Remove(consumer.Tag);
            Reply(consumer.Channel, new ExpectedReply(new Protocol.BasicCancel(Text.Name(consumer.Tag), NoWait: true)));
        }
    }

    /// <summary>Delivers what can be delivered.</summary>
    private static void Pump(IEnumerable<ModelQueue> queues)
    {
        ModelQueue[] some = [.. queues.Where(q => q.Consumers.Count > 0)];
        bool again = some.Length > 0;
        while (again)
        {
            again = false;
            foreach (ModelQueue queue in some)
            {
                while (TryDeliver(queue))
                {
                    again = true;
                }
            }
        }
    }

    private static bool TryDeliver(ModelQueue queue)
    {
        if (queue.Head() is not { } head)
        {
            return false;
        }

        List<ModelConsumer> candidates = queue.Candidates();
        foreach (ModelConsumer consumer in candidates)
        {
            if (consumer.Channel.Deliveries.TryPeek(out Frame? frame) && IsDelivery(frame, consumer, head))
            {
                consumer.Channel.Deliveries.Dequeue();
                CheckTurns(queue, consumer, candidates);
                Take(consumer.Channel, queue, head, consumer, consumer.NoAck);
                return true;
            }
        }

        return false;
    }

    /// <summary>Equal consumers are served in turns.</summary>
    private static void CheckTurns(ModelQueue queue, ModelConsumer served, List<ModelConsumer> candidates)
    {
        if (queue.LastServed == served && candidates.Find(c => queue.PassedOver.Contains(c)) is { } waiting)
        {
            throw new ViolationException($"Consumer {served.Tag} of {queue.Name} was served twice running while {waiting.Tag} waited.");
        }

        queue.LastServed = served;
        queue.PassedOver = [.. candidates.Where(c => c != served)];
    }

    private static bool IsDelivery(Frame frame, ModelConsumer consumer, ModelEntry entry)
    {
        ModelMessage message = entry.Message;
        ModelChannel channel = consumer.Channel;
        if (frame.Id != message.Id || frame.Method is not Protocol.BasicDeliver deliver || deliver.ConsumerTag.ToString() != consumer.Tag)
        {
            return false;
        }

        return deliver == new Protocol.BasicDeliver(
                deliver.ConsumerTag, channel.LastTag + 1, entry.Redelivered, Text.Name(message.Exchange), Text.Name(message.Key))
            && frame.Headers == message.Headers(consumer.Queue.ToldReturns(entry, got: false))
            && frame.Expiration == message.Expiration
            && frame.Length == message.Length;
    }

    private static void Take(ModelChannel channel, ModelQueue queue, ModelEntry entry, ModelConsumer? consumer, bool noAck)
    {
        channel.LastTag++;
        channel.Client.Outstanding += entry.Message.Length;
        if (entry.Stored)
        {
            queue.DeliveredUpTo = Math.Max(queue.DeliveredUpTo, entry.Order);
        }

        if (noAck)
        {
            queue.Entries.Remove(entry);
            return;
        }

        entry.Ready = false;
        channel.Unacked.Add(channel.LastTag, new Held(channel.LastTag, queue, entry, consumer));
        if (consumer is not null)
        {
            consumer.Unacked++;
            channel.GlobalUnacked++;
        }
    }
}
