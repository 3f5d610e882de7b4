namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>What clients know of one queue's messages.</summary>
internal sealed class QueueLedger
{
    /// <summary>Handed to the socket as acknowledgements: the broker may have them.</summary>
    public HashSet<MessageId> AckSent { get; } = [];

    /// <summary>Acknowledged before something on the same channel that was confirmed: the broker has them on the disk.</summary>
    public HashSet<MessageId> Settled { get; } = [];

    /// <summary>Found after a start: from then on they are the broker's, confirmed or not.</summary>
    public HashSet<MessageId> Found { get; } = [];
}

/// <summary>What one publisher did, in one run of the broker.</summary>
internal sealed class PublisherLedger(int id, IReadOnlyList<string> queues)
{
    public int Id { get; } = id;

    /// <summary>Where each of its messages goes, to all of them at once.</summary>
    public IReadOnlyList<string> Queues { get; } = queues;

    /// <summary>So many messages, from 0 on, were handed to the socket.</summary>
    public int Sent { get; set; }

    /// <summary>The sequence numbers that were confirmed.</summary>
    public HashSet<int> Confirmed { get; } = [];

    /// <summary>The run is over, and what the broker has of it was seen: nothing more of it can appear.</summary>
    public bool IsPast { get; set; }
}

/// <summary>
/// The history of all clients over all runs of a broker, kept outside of it. Whoever reads or writes its parts takes
/// <see cref="Gate"/>; counting is thread-safe.
/// </summary>
internal sealed class Ledger
{
    private readonly Dictionary<string, QueueLedger> _queues = [];
    private readonly List<PublisherLedger> _publishers = [];
    private int _events;
    private int _awaitedEvents = int.MaxValue;
    private TaskCompletionSource _reached = new();

    public Lock Gate { get; } = new();

    public IReadOnlyList<PublisherLedger> Publishers => _publishers;

    public QueueLedger this[string queue] =>
        _queues.TryGetValue(queue, out QueueLedger? ledger) ? ledger : _queues[queue] = new QueueLedger();

    public PublisherLedger AddPublisher(params string[] queues)
    {
        lock (Gate)
        {
            _publishers.Add(new PublisherLedger(_publishers.Count, queues));
            return _publishers[^1];
        }
    }

    /// <summary>Counts a confirm or an acknowledgement.</summary>
    public void Count()
    {
        if (Interlocked.Increment(ref _events) == Volatile.Read(ref _awaitedEvents))
        {
            _reached.TrySetResult();
        }
    }

    /// <summary>Completes when so many more confirms and acknowledgements have been counted. Asked for while nothing counts.</summary>
    public Task MoreEventsAsync(int count)
    {
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _awaitedEvents, Volatile.Read(ref _events) + count);
        return _reached.Task;
    }
}
