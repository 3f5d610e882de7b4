using System.Runtime.InteropServices;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The queues that a message goes to, each once, in an order that depends on nothing but the order of the bindings.
/// Made once and filled again by each route: it grows to the largest result and allocates nothing afterwards.
/// </summary>
public sealed class RouteResult
{
    private const int FirstCapacity = 8;

    private readonly List<SeenKey> _seenKeys = [];
    private int _kept;
    private Destination[] _queues = new Destination[FirstCapacity];

    /// <summary>The number of queues.</summary>
    public int Count { get; private set; }

    /// <summary>Nobody gets the message, though an exchange may keep it for later.</summary>
    public bool IsUnroutable => Count == _kept;

    /// <summary>The queues. Valid until the next route into this result.</summary>
    public ReadOnlySpan<Destination> Queues => new(_queues, 0, Count);

    /// <summary>One of the queues.</summary>
    public Destination this[int index] => Queues[index];

    /// <summary>Forgets the queues, so that a deleted one is not held.</summary>
    public void Clear()
    {
        Array.Clear(_queues, 0, Count);
        Count = 0;
        _kept = 0;
        _seenKeys.Clear();
        HasDuplicate = false;
    }

    /// <summary>What exchanges are to remember of the message.</summary>
    internal ReadOnlySpan<SeenKey> SeenKeys => CollectionsMarshal.AsSpan(_seenKeys);

    /// <summary>An exchange has seen the message before: what became of it then may not be durable yet.</summary>
    internal bool HasDuplicate { get; set; }

    internal void Note(in SeenKey key) => _seenKeys.Add(key);

    internal void Keep(Destination hold)
    {
        Add(hold);
        _kept++;
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
