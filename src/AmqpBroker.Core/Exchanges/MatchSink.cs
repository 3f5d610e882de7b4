namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Takes what exchanges match while one message is routed: queues go to the result, exchanges wait for their turn, and
/// each is taken once. Belongs to a <see cref="Router"/> and is used again for each message.
/// </summary>
public sealed class MatchSink
{
    private const int FirstCapacity = 4;

    private Exchange[] _waiting = new Exchange[FirstCapacity];
    private int _nextWaiting;
    private int _endWaiting;
    private long _stamp;
    private readonly Action<Span<byte>>? _fillRandom;
    private RouteResult _result = new();
    private ulong _random;

    internal MatchSink(Action<Span<byte>>? fillRandom) => _fillRandom = fillRandom;

    /// <summary>Whether the exchange whose turn it is has matched anything, even what was met before.</summary>
    internal bool Matched { get; private set; }

    /// <summary>Takes a destination that the exchange matches.</summary>
    public void Add(Destination destination)
    {
        Matched = true;
        if (destination.VisitStamp == _stamp)
        {
            return;
        }

        destination.VisitStamp = _stamp;
        if (destination.IsExchange)
        {
            Wait((Exchange)destination);
        }
        else
        {
            _result.Add(destination);
        }
    }

    /// <summary>Takes a place that keeps the message beside where it is routed to: it does not count as matched.</summary>
    internal void Keep(Destination hold)
    {
        if (hold.VisitStamp != _stamp)
        {
            hold.VisitStamp = _stamp;
            _result.Keep(hold);
        }
    }

    /// <summary>Takes a key to be remembered once the message has reached its queues.</summary>
    internal void Note(in SeenKey key) => _result.Note(in key);

    /// <summary>The message was seen before.</summary>
    internal void NoteDuplicate() => _result.HasDuplicate = true;

    /// <summary>Takes the destinations of all bindings of a list.</summary>
    internal void Add(BindingList bindings)
    {
        foreach (Binding? binding in bindings.Places)
        {
            if (binding is not null)
            {
                Add(binding.Destination);
            }
        }
    }

    /// <summary>A random number below <paramref name="limit"/>. The source of randomness is asked once, for the first of them.</summary>
    internal int NextRandom(int limit)
    {
        if (_random == 0)
        {
            Span<byte> seed = stackalloc byte[sizeof(ulong)];
            _fillRandom?.Invoke(seed);
            _random = BitConverter.ToUInt64(seed) | 1;
        }

        _random += StableHash.Golden;
        return (int)(((StableHash.Mix(_random) >> 32) * (ulong)limit) >> 32);
    }

    internal void Begin(long stamp, RouteResult result)
    {
        _stamp = stamp;
        _result = result;
        _nextWaiting = 0;
        _endWaiting = 0;
    }

    /// <summary>The next exchange whose turn it is; null when all have had theirs.</summary>
    internal Exchange? Next()
    {
        Matched = false;
        if (_nextWaiting == _endWaiting)
        {
            return null;
        }

        ref Exchange place = ref _waiting[_nextWaiting++];
        Exchange exchange = place;
        place = null!;
        return exchange;
    }

    private void Wait(Exchange exchange)
    {
        if (_endWaiting == _waiting.Length)
        {
            Array.Resize(ref _waiting, _waiting.Length * 2);
        }

        _waiting[_endWaiting++] = exchange;
    }
}
