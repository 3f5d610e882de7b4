namespace AmqpBroker.Core.Queues;

/// <summary>
/// The consumers of a queue: turns go round among those that can take a message, the highest x-priority first. A consumer
/// without room leaves the round until something gives it room again, so that thousands of full ones cost nothing.
/// A single active consumer stays until it goes; then the one with the highest x-priority follows, the oldest of those. Where
/// a higher priority pre-empts, the active one yields to it as soon as it has nothing unacknowledged. Lane only.
/// </summary>
internal sealed class ConsumerSet(bool singleActive, bool preempts)
{
    private readonly List<Consumer> _all = [];
    private readonly List<Group> _groups = [];

    internal int Count => _all.Count;

    /// <summary>How many priorities are looked through for the next turn.</summary>
    internal int PriorityCount => _groups.Count;

    internal IReadOnlyList<Consumer> All => _all;

    /// <summary>The one consumer that an exclusive or single-active queue serves, if there is one.</summary>
    internal Consumer? Active { get; private set; }

    internal bool HasExclusive => _all.Count == 1 && _all[0].Exclusive;

    internal void Add(Consumer consumer)
    {
        _all.Add(consumer);
        if (singleActive)
        {
            Active ??= consumer;
            Preempt();
        }

        Ready(consumer);
    }

    /// <summary>
    /// Lets the consumer with the highest x-priority become the active one, now or when the active one has settled all it
    /// has: until then that gets nothing more, so that messages are never with two at a time.
    /// </summary>
    internal void Preempt()
    {
        if (!preempts || Active is not { } active)
        {
            return;
        }

        Consumer highest = _all.MaxBy(other => other.Priority)!;
        active.Yields = highest.Priority > active.Priority && active.Unacked > 0;
        if (highest.Priority > active.Priority && !active.Yields)
        {
            LeaveRound(active);
            Active = highest;
        }

        Ready(Active);
    }

    internal void Remove(Consumer consumer)
    {
        _all.Remove(consumer);
        LeaveRound(consumer);
        if (!_all.Exists(other => other.Priority == consumer.Priority))
        {
            // Clients choose priorities freely: those that nobody uses any more are not kept.
            _groups.RemoveAll(group => group.Priority == consumer.Priority);
        }

        if (ReferenceEquals(Active, consumer))
        {
            Active = _all.MaxBy(other => other.Priority); // the first of those that are equal
            if (Active is { } next)
            {
                Ready(next);
            }
        }

        Preempt();
    }

    private void LeaveRound(Consumer consumer)
    {
        if (consumer.InRound)
        {
            Find(consumer.Priority)!.Round.Remove(consumer);
            consumer.InRound = false;
        }
    }

    /// <summary>The consumer has got room: it joins the round again.</summary>
    internal void Ready(Consumer consumer)
    {
        if (consumer.InRound || !consumer.HasRoom || (singleActive && !ReferenceEquals(Active, consumer)))
        {
            return;
        }

        Group group = Find(consumer.Priority) ?? AddGroup(consumer.Priority);
        group.Round.AddLast(consumer);
        consumer.InRound = true;
    }

    /// <summary>Whose turn it is, or null when no consumer has room. The consumer goes to the end of its round.</summary>
    internal Consumer? Next()
    {
        for (int i = 0; i < _groups.Count; i++)
        {
            Round round = _groups[i].Round;
            while (round.First is { } consumer)
            {
                if (consumer.HasRoom)
                {
                    round.MoveFirstToLast();
                    return consumer;
                }

                round.RemoveFirst();
                consumer.InRound = false;
            }
        }

        return null;
    }

    private Group AddGroup(long priority)
    {
        var group = new Group(priority);
        int at = _groups.FindIndex(g => g.Priority < priority);
        _groups.Insert(at < 0 ? _groups.Count : at, group);
        return group;
    }

    private Group? Find(long priority)
    {
        foreach (Group group in _groups)
        {
            if (group.Priority == priority)
            {
                return group;
            }
        }

        return null;
    }

    private sealed class Group(long priority)
    {
        internal long Priority { get; } = priority;

        internal Round Round { get; } = new();
    }

    /// <summary>A ring of consumers; a queue's own, so a plain array that turns is enough.</summary>
    private sealed class Round
    {
        private Consumer[] _ring = new Consumer[4];
        private int _first;
        private int _count;

        internal Consumer? First => _count == 0 ? null : _ring[_first];

        internal void AddLast(Consumer consumer)
        {
            if (_count == _ring.Length)
            {
                var larger = new Consumer[_count * 2];
                for (int i = 0; i < _count; i++)
                {
                    larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
                }

                _ring = larger;
                _first = 0;
            }

            _ring[(_first + _count++) & (_ring.Length - 1)] = consumer;
        }

        internal void RemoveFirst()
        {
            _ring[_first] = null!;
            _first = (_first + 1) & (_ring.Length - 1);
            _count--;
        }

        internal void MoveFirstToLast()
        {
            if (_count > 1)
            {
                Consumer consumer = _ring[_first];
                RemoveFirst();
                AddLast(consumer);
            }
        }

        internal void Remove(Consumer consumer)
        {
            int count = _count;
            for (int i = 0; i < count; i++)
            {
                Consumer next = _ring[_first];
                RemoveFirst();
                if (!ReferenceEquals(next, consumer))
                {
                    AddLast(next);
                }
            }
        }
    }
}
