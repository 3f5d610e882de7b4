namespace AmqpBroker.HistoryCheck;

/// <summary>Settlements, transactions, time, and ends: of channels and of the broker.</summary>
public sealed partial class Checker
{
    private Transaction TransactionOf(string channel)
    {
        if (!_transactions.TryGetValue(channel, out Transaction? transaction))
        {
            _transactions.Add(channel, transaction = new Transaction());
        }

        return transaction;
    }

    private void Settle(HistoryLine line)
    {
        if (!_deliveries.TryGetValue(line.Id(1), out Delivery? delivery) || delivery.Pending is not null)
        {
            // One that should not have been is reported already, and its settlement means nothing.
            if (delivery is not null || !_numbers.Contains(line.Id(1)))
            {
                throw new HistoryFormatException(_line, "There is no open delivery of that number.");
            }

            return;
        }

        if (line.Has("tx"))
        {
            delivery.Pending = line.What;
            TransactionOf(delivery.Channel).Settlements.Add(delivery);
        }
        else
        {
            SettleNow(delivery, line.What, delivery.Channel);
        }
    }

    /// <summary>Gives true if on a durable message it did something.</summary>
    private bool SettleNow(Delivery delivery, string how, string channel)
    {
        _deliveries.Remove(delivery.Number);
        delivery.Copy.Out = null;
        State? Next(State s) => s.Place != delivery.Queue ? null : how switch
        {
            "ack" => State.Nowhere,
            "reject" => Die(s, _now),
            _ => ComeBack(s),
        };
        bool durable = delivery.Copy.Message.Persistent && Queue(delivery.Queue).Durable;
        bool changed = delivery.Copy.Fate.Apply(_line, OrderOf(channel), Next);
        Expire(delivery.Copy, channel);
        return durable && changed;
    }

    private State ComeBack(State state) =>
        state.Returns + 1 > Queue(state.Place!).Limit ? Die(state, _now) : state with { Returns = state.Returns + 1 };

    /// <summary>Where a death leads to.</summary>
    private State Die(State state, long at)
    {
        if (Queue(state.Place!).Dead is not { } name || !Queue(name).Fate.MayBe(s => s.Place is not null))
        {
            return State.Nowhere;
        }

        long deadline = Queue(name).Ttl is { } ttl ? at + ttl : long.MaxValue;
        return new State(name, 0, state.Deaths + 1, ++_arrivals, deadline);
    }

    private bool Commit(string channel)
    {
        bool durable = false;
        if (_transactions.Remove(channel, out Transaction? transaction))
        {
            foreach (Message message in transaction.Publishes)
            {
                Arrive(message);
                durable |= IsDurable(message);
            }

            foreach (Delivery delivery in transaction.Settlements)
            {
                durable |= SettleNow(delivery, delivery.Pending!, channel);
            }
        }

        return durable;
    }

    private void ForgetTransaction(string channel)
    {
        if (_transactions.Remove(channel, out Transaction? transaction))
        {
            transaction.Settlements.ForEach(d => d.Pending = null);
        }
    }

    private void Expire()
    {
        if (_up)
        {
            foreach (Copy copy in _active)
            {
                Expire(copy, Fate.Time);
            }
        }
    }

    private void Expire(Copy copy, string channel)
    {
        if (copy.Out is not null)
        {
            return;
        }

        bool again;
        do
        {
            State? Next(State s)
            {
                if (s.Place is null || s.Deadline > _now)
                {
                    return null;
                }

                copy.ExpiredFrom = s.Place;
                return Die(s, _now);
            }

            again = copy.Fate.MayBe(s => s.Place is not null && s.Deadline <= _now);
            if (!again)
            {
                return;
            }

            if (_serial)
            {
                copy.Fate.Apply(_line, OrderOf(channel), Next);
            }
            else
            {
                // Nobody outside knows the very moment.
                copy.Fate.ApplyPerhaps(_line, OrderOf(channel), Next);
                again = false;
            }
        }
        while (again);
    }

    /// <summary>What it had out comes back. What it had asked for and was not answered may not have happened.</summary>
    private void EndChannel(string channel)
    {
        ForgetTransaction(channel);
        if (!_serial)
        {
            var cut = new Cut();
            int durable = DurableOf(channel);
            State? IfLost(Change lost, State state) => lost.State.Place is null && state.Place is not null ? ComeBack(state) : null;
            foreach (Copy copy in _active)
            {
                copy.Fate.CutAt(cut, c => c.Channel == channel && c.At > durable, survivor: null, IfLost);
            }

            foreach (Definition definition in _definitions.Values)
            {
                definition.Fate.CutAt(cut, c => c.Channel == channel && c.At > durable, survivor: null);
            }
        }

        foreach (Delivery delivery in _deliveries.Values.Where(d => d.Channel == channel).ToArray())
        {
            SettleNow(delivery, "requeue", channel);
        }

        foreach (long number in _questions.Where(q => q.Value.Channel == channel).Select(q => q.Key).ToArray())
        {
            _questions.Remove(number);
        }

        foreach (Message message in _messages.Values.Where(m => m.Channel == channel && !m.Answered))
        {
            message.Answered = true;
        }
    }

    private void Crash(bool mayLose)
    {
        Crashes++;
        _life++;
        _up = false;
        _transactions.Clear();
        _deliveries.Clear();
        _questions.Clear();
        _lastSeen.Clear();
        var cut = new Cut();
        bool MayBeLost(Change change) => mayLose && change.At > DurableOf(change.Channel);
        foreach (Copy copy in _active)
        {
            copy.Out = null;
            copy.Fate.CutAt(
                cut, MayBeLost, s => s.Place is not null && copy.Message.Persistent && Queue(s.Place).Durable ? s : State.Nowhere);
        }

        foreach (Definition definition in _definitions.Values)
        {
            definition.Fate.CutAt(cut, MayBeLost, s => definition.Durable ? s : State.Nowhere);
        }

        foreach (Message message in _messages.Values)
        {
            message.Answered = true;
        }

        Tidy();
    }
}
