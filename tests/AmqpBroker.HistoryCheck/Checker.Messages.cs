namespace AmqpBroker.HistoryCheck;

/// <summary>Messages: sent, confirmed, delivered, settled.</summary>
public sealed partial class Checker
{
    private void Publish(HistoryLine line)
    {
        string channel = line[2];
        string[] queues = line[3] == "-" ? [] : line[3].Split(',');
        var message = new Message(line.Id(1), _line, channel, queues, line.Has("persistent"), line.Count("ttl"), line.Value("body"))
        {
            Awaited = line.Has("confirm"),
        };
        foreach (string queue in queues)
        {
            FindDefinition(line, "queue", queue);
        }

        if (!_messages.TryAdd(message.Id, message))
        {
            throw new HistoryFormatException(_line, "That message was sent before.");
        }

        if (line.Has("tx"))
        {
            TransactionOf(channel).Publishes.Add(message);
        }
        else
        {
            Arrive(message);
        }
    }

    private void Arrive(Message message)
    {
        int since = ++_arrivals;
        foreach (string name in message.Queues)
        {
            var copy = new Copy(message, _life);
            _copies.Add((message.Id, name), copy);
            _active.Add(copy);
            long ttl = Math.Min(Queue(name).Ttl ?? long.MaxValue, message.Ttl ?? long.MaxValue);
            long deadline = ttl == long.MaxValue ? ttl : _now + ttl;
            copy.Fate.Apply(_line, OrderOf(message.Channel), _ => new State(name, Since: since, Deadline: deadline));
        }
    }

    private void Confirm(HistoryLine line, bool taken)
    {
        if (!_messages.TryGetValue(line.Id(1), out Message? message) || message.Answered || !message.Awaited)
        {
            Report(Kinds.Answer, $"message {line[1]} was confirmed and was not sent, or confirmed before");
            return;
        }

        message.Answered = true;
        message.Confirmed = taken;
        if (taken && IsDurable(message))
        {
            PromiseDurable(message.Channel, message.Line);
        }
        else if (!taken)
        {
            ForEachCopy(message, c => c.Fate.Apply(_line, OrderOf(message.Channel), _ => State.Nowhere));
        }
    }

    private bool IsDurable(Message message) => message.Persistent && message.Queues.Any(q => Queue(q).Durable);

    private void ForEachCopy(Message message, Action<Copy> action)
    {
        foreach (string queue in message.Queues)
        {
            action(_copies[(message.Id, queue)]);
        }
    }

    private void Return(HistoryLine line)
    {
        if (!_messages.TryGetValue(line.Id(1), out Message? message))
        {
            Report(Kinds.Unknown, $"message {line[1]} was returned and never sent");
        }
        else if (message.Queues.Length > 0)
        {
            Report(Kinds.Returned, $"message {message.Id} was sent to {string.Join(", ", message.Queues)}");
            ForEachCopy(message, c => c.Fate.Apply(_line, OrderOf(message.Channel), _ => State.Nowhere));
        }
    }

    private void Deliver(HistoryLine line)
    {
        Deliveries++;
        if (!_numbers.Add(line.Id(1)))
        {
            throw new HistoryFormatException(_line, "That delivery was before.");
        }

        string channel = line[2];
        Definition queue = FindDefinition(line, "queue", line[3]);
        int deaths = (int)(line.Count("deaths") ?? 0);
        string origin = line.Value("from") ?? queue.Name;
        if (!_copies.TryGetValue((line.Id(4), origin), out Copy? copy))
        {
            string sent = _messages.ContainsKey(line.Id(4)) ? $"sent, but not to {origin}" : "never sent";
            Report(Kinds.Unknown, $"message {line[4]} was delivered from {queue.Name}, and was {sent}");
            return;
        }

        if (line.Value("body") is { } body && body != copy.Message.Body)
        {
            Report(Kinds.Altered, $"{copy} was sent as {copy.Message.Body} and delivered as {body}");
        }

        if (copy.Out is { } open)
        {
            Report(Kinds.Duplicate, $"{copy} was delivered from {queue.Name} while delivery {open.Number} is open");
            return;
        }

        if (SeeInQueue(copy, queue, deaths, queue.Limit is null ? null : (int?)line.Count("count")))
        {
            CheckMark(copy, deaths, line.Has("redelivered"));
            NoteOrder(copy, queue, channel, deaths, line.Has("redelivered"));
        }

        copy.Delivered = (_life, deaths);
        if (line.Has("noack"))
        {
            copy.Fate.Apply(_line, OrderOf(channel), _ => State.Nowhere);
            return;
        }

        copy.Out = new Delivery(line.Id(1), copy, channel, queue.Name);
        _deliveries.Add(line.Id(1), copy.Out);
    }

    /// <summary>True if it may be there.</summary>
    private bool SeeInQueue(Copy copy, Definition queue, int deaths, int? returns)
    {
        bool Here(State s) => s.Place == queue.Name;
        bool Dead(State s) => Here(s) && s.Deaths == deaths;
        bool here = copy.Fate.MayBe(Here);
        bool dead = copy.Fate.MayBe(Dead);
        bool nowhere = copy.Fate.IsCertainly(s => s.Place is null);
        string was = string.Join(" or ", copy.Fate.Paths.Select(p => p.Now.Place is null ? "nowhere" : $"in {p.Now.Place} with {p.Now.Returns} returns and {p.Now.Deaths} deaths").Distinct());
        string? wrong = copy.Fate.See(
            _line,
            s => Dead(s) && (returns is null || s.Returns == returns),
            () => new State(queue.Name, returns ?? 0, deaths, Since: ++_arrivals));
        if (wrong is null)
        {
            return true;
        }

        if (!_active.Contains(copy))
        {
            _active.Add(copy);
        }

        string kind = dead ? Kinds.Count
            : here ? Kinds.Deaths
            : wrong.Length > 0 ? wrong
            : copy.ExpiredFrom == queue.Name ? Kinds.Late
            : nowhere ? Kinds.Back
            : Kinds.Duplicate;
        Report(kind, $"{copy} was delivered from {queue.Name} with {returns ?? 0} returns and {deaths} deaths, and was {was}");
        return false;
    }

    private void CheckMark(Copy copy, int deaths, bool marked)
    {
        bool before = copy.Delivered is { } last && last.Deaths == deaths;
        bool certainly = (before && copy.Delivered!.Value.Life == _life) || copy.Fate.IsCertainly(s => s.Returns > 0);
        if (certainly && !marked)
        {
            Report(Kinds.Redelivered, $"{copy} had been delivered before, and the delivery does not say so");
        }
        else if (marked && !before && copy.BornIn == _life)
        {
            Report(Kinds.Redelivered, $"{copy} is marked as redelivered, and was never delivered");
        }
    }

    private void SeeEmpty(Definition queue)
    {
        foreach (Copy copy in _active.Where(c => c.Out is null).ToArray())
        {
            if (copy.Fate.See(_line, s => s.Place != queue.Name, static () => State.Nowhere) is { } wrong)
            {
                Report(wrong.Length > 0 ? wrong : Kinds.Lost, $"{copy} is not in {queue.Name}, which is empty");
            }
        }
    }
}
