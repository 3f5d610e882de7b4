namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The queues that a message goes to, each once, in an order that depends on nothing but the order of the bindings.
/// Made once and filled again by each route: it grows to the largest result and allocates nothing afterwards.
/// </summary>
public sealed class RouteResult
{
    private const int FirstCapacity = 8;

    private Destination[] _queues = new Destination[FirstCapacity];

    /// <summary>The number of queues.</summary>
    public int Count { get; private set; }

    /// <summary>The queues. Valid until the next route into this result.</summary>
    public ReadOnlySpan<Destination> Queues => new(_queues, 0, Count);

    /// <summary>One of the queues.</summary>
    public Destination this[int index] => Queues[index];

    /// <summary>Forgets the queues, so that a deleted one is not held.</summary>
    public void Clear()
    {
        Array.Clear(_queues, 0, Count);
        Count = 0;
    }

    internal void Add(Destination queue)
    {
        if (Count == _queues.Length)
        {
            Array.Resize(ref _queues, Count * 2);
        }

        _queues[Count++] = queue;
    }
}
