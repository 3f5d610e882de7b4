using System.Runtime.InteropServices;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Everything that is in one virtual host: exchanges, bindings, queues with their messages, and the sessions that use them.
/// A synchronous state machine: it reads no clock and no random source of its own, does no I/O, and the same commands give
/// the same result. Lane only.
/// </summary>
public sealed partial class VirtualHost
{
    /// <summary>One work's share: a queue ends some hundred messages in a tick, so this stays near a millisecond.</summary>
    private const int QueuesPerTick = 16;

    private readonly Registry<Exchange> _exchanges = new();
    private readonly Registry<MessageQueue> _queues = new();
    private readonly Dictionary<int, MessageQueue> _queuesById = [];
    private readonly Dictionary<ShortString, ChannelSession> _replyChannels = [];
    private IJournal? _journal;
    private readonly List<Target> _targets = [];
    private readonly List<MessageQueue> _toPump = [];
    private readonly RouteResult _routes = new();
    private int _lastQueueId;
    private volatile bool _hasEnded;
    private volatile VirtualHostSettings _settings = VirtualHostSettings.Default;

    internal VirtualHost(ShortString name, Action<Span<byte>> fillRandom)
    {
        Name = name;
        NameText = name.ToString();
        FillRandom = fillRandom;
        DeadLetters = new DeadLetters(this);
        Held = new HeldMessages(this);
        Meters = new Meters(this);
        Router = new Router(FindExchange, fillRandom);
        _exchanges.Add(new DefaultExchange(FindQueueOrNull));
        foreach ((string predeclared, string type, bool isInternal) in Predeclared)
        {
            ShortString exchangeName = ShortString.FromString(predeclared);
            _exchanges.Add(
                ExchangeTypes.Create(
                    ShortString.FromString(type),
                    new ExchangeProperties(exchangeName, Durable: true, AutoDelete: false, isInternal, FieldTable.Empty)));
        }
    }

    /// <summary>Its name, as in connection.open.</summary>
    public ShortString Name { get; }

    /// <summary>What holds unless a queue or a consumer says otherwise.</summary>
    internal VirtualHostLimits Limits
    {
        get;
        init
        {
            field = value;
            Memory = new MemoryBudget(value.ReadyMessageBytes, value.ColdExpiryStepMs);
        }
    } = new();

    /// <summary>Its name in error texts.</summary>
    internal string NameText { get; }

    /// <summary>What is set for it; limits count for what comes after. Set by any thread, and read in the lane.</summary>
    internal VirtualHostSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    /// <summary>
    /// It is at its end: its journal or its own code has failed and the state in memory is not to be trusted any more, or it
    /// was deleted and nothing needs to be stored.
    /// </summary>
    internal bool HasEnded
    {
        get => _hasEnded;
        set => _hasEnded = value;
    }

    /// <summary>The time of the turn under way, in milliseconds of the wall clock since 1970.</summary>
    internal long NowMs { get; set; }

    /// <summary>For generated names and reply-to tokens.</summary>
    internal Action<Span<byte>> FillRandom { get; }

    internal EntryPool Entries { get; } = new();

    internal OutcomeLog Log { get; private set; } = null!;

    internal CommitGates Gates { get; private set; } = null!;

    internal DeadLetters DeadLetters { get; }

    internal HeldMessages Held { get; }

    /// <summary>Something logged is not durable yet: a reply that promises durability has to wait.</summary>
    internal bool MustAwait => Log.HasAwaited || _journal!.CommittedPosition < Log.AwaitedEnd;

    internal TimerHeap Timers { get; } = new();

    internal Router Router { get; }

    internal IReadOnlyDictionary<ShortString, Exchange> Exchanges => _exchanges.ByName;

    internal IReadOnlyDictionary<ShortString, MessageQueue> Queues => _queues.ByName;

    /// <summary>All that holds messages: the queues, and what exchanges keep.</summary>
    internal IEnumerable<MessageQueue> Holders => _queuesById.Values;

    /// <summary>The exchanges in places, for who goes through all of them.</summary>
    internal Registry<Exchange> ExchangeRegistry => _exchanges;

    /// <summary>The queues in places, for who goes through all of them.</summary>
    internal Registry<MessageQueue> QueueRegistry => _queues;

    /// <summary>The exchanges that every virtual host has from the start.</summary>
    private static ReadOnlySpan<(string Name, string Type, bool Internal)> Predeclared => new[]
    {
        ("amq.direct", "direct", false),
        ("amq.fanout", "fanout", false),
        ("amq.topic", "topic", false),
        ("amq.headers", "headers", false),
        ("amq.match", "headers", false),
        ("amq.rabbitmq.trace", "topic", true),
    };

    internal Exchange? FindExchange(ShortString name) => _exchanges.Find(name);

    internal MessageQueue? FindQueue(ShortString name) => _queues.Find(name);

    /// <exception cref="ChannelException">404: there is no such exchange.</exception>
    internal Exchange GetExchange(ShortString name) =>
        FindExchange(name) ?? throw new ChannelException(ReplyCode.NotFound, $"no exchange '{name}' in vhost '{Name}'");

    /// <exception cref="ChannelException">404: there is no such queue.</exception>
    internal MessageQueue GetQueue(ShortString name) =>
        FindQueue(name) ?? throw new ChannelException(ReplyCode.NotFound, $"no queue '{name}' in vhost '{Name}'");

    /// <summary>The queues a message goes to. Valid until the next call.</summary>
    internal RouteResult Route(Message message)
    {
        if (FindExchange(message.Exchange) is not { } exchange)
        {
            // Deleted since it was published into a transaction.
            _routes.Clear();
            return _routes;
        }

        Router.Route(exchange, InputOf(message), _routes);
        CountRouted(exchange, _routes.Count);
        return _routes;
    }

    /// <summary>What routing looks at in a message.</summary>
    internal RoutingInput InputOf(Message message) =>
        new(message.RoutingKey, message.HeaderTable, message.CarbonKeys) { Properties = message.Properties, NowMs = NowMs };

    /// <summary>
    /// Lets exchanges remember what they have seen, after the message has reached its queues: one that was refused or returned
    /// may be published again. Gives whether a confirm of the message waits for what is logged: for this, or for the message
    /// that it is a duplicate of.
    /// </summary>
    internal bool Remember(RouteResult routes, Message message)
    {
        bool stored = routes.HasDuplicate && message.Persistent;
        if (routes.IsUnroutable)
        {
            return stored;
        }

        foreach (SeenKey seen in routes.SeenKeys)
        {
            long ordinal = seen.Exchange.Window.Add(seen.Key, seen.DeadlineMs, NowMs);
            if (seen.Exchange.IsStored)
            {
                Log.KeySeen(seen.Exchange, ordinal, new DuplicateWindow.Entry(seen.Key, seen.DeadlineMs), NowMs, message.Persistent);
                stored |= message.Persistent;
            }
        }

        return stored;
    }

    /// <summary>
    /// Gives the message to the queues: decides for each whether it takes it, logs what is to be kept, and offers it to
    /// consumers. Gives false if a queue refused it (x-overflow reject-publish…).
    /// </summary>
    internal bool Enqueue(Message message, ReadOnlySpan<Destination> queues, out bool stored)
    {
        bool taken = true;
        stored = false;
        List<Target> targets = _targets;
        targets.Clear();
        foreach (Destination destination in queues)
        {
            var queue = (MessageQueue)destination;
            if (queue.Refuses(message))
            {
                queue.Refused(message);
                taken = false;
                continue;
            }

            bool keep = queue.Durable && message.Persistent;
            stored |= keep;
            targets.Add(new Target(queue, queue.TakeSequence(), queue.DeadlineFor(message, NowMs), keep));
        }

        if (stored)
        {
            Log.Published(message, CollectionsMarshal.AsSpan(targets));
        }

        foreach (Target target in targets)
        {
            target.Queue.Count(Figure.Publish);
            target.Queue.Add(target.Sequence, message, target.DeadlineMs, target.Stored);
        }

        foreach (Target target in targets)
        {
            target.Queue.Pump();
            target.Queue.DropOverflow();
            if (target.DeadlineMs <= NowMs)
            {
                target.Queue.ExpireDue();
            }
        }

        return taken;
    }

    /// <summary>The queue has something to deliver or somebody to deliver to: looked at before the command ends.</summary>
    internal void PumpLater(MessageQueue queue)
    {
        if (!queue.PumpPending)
        {
            queue.PumpPending = true;
            _toPump.Add(queue);
        }
    }

    /// <summary>A command has been run: what it caused is brought to its end, and belongs to the same batch of the journal.</summary>
    internal void EndCommand()
    {
        BringToEnd();
        Memory.Keep(this);
        Log.AppendIfFull();
    }

    /// <summary>The same at the end of a turn, when nothing is put away any more.</summary>
    internal void BringToEnd()
    {
        do
        {
            for (int i = 0; i < _toPump.Count; i++)
            {
                MessageQueue queue = _toPump[i];
                queue.PumpPending = false;
                queue.EndReturns();
                queue.Pump();
            }

            _toPump.Clear();
            Held.Route();
            DeadLetters.Route();
        }
        while (_toPump.Count > 0);
        DeadLetters.EndCommand();
    }

    internal void AddReplyChannel(ShortString name, ChannelSession channel) => _replyChannels.Add(name, channel);

    internal void RemoveReplyChannel(ShortString name) => _replyChannels.Remove(name);

    internal bool HasReplyChannel(ShortString name) => _replyChannels.ContainsKey(name);

    /// <summary>Hands a direct reply to the channel it is for. Gives false if that is gone.</summary>
    internal bool DeliverReply(Message message)
    {
        if (!_replyChannels.TryGetValue(message.RoutingKey, out ChannelSession? channel))
        {
            return false;
        }

        channel.DeliverReply(message);
        return true;
    }

    /// <summary>
    /// The first thing in the lane: recovered queues begin their lease (x-expires), what is due is looked at, and what was
    /// unacknowledged is ready again and may be more than the length limits allow.
    /// </summary>
    internal void Start()
    {
        WarmUp();
        foreach (MessageQueue queue in _queues.ByName.Values)
        {
            queue.NoteUse();
            // What was unacknowledged is ready again, and a policy may not have come this far before the stop.
            queue.ExpireDue();
            queue.DropOverflow();
            if (queue.MarkedAtStart)
            {
                Log.MarkedRedelivered(queue, queue.DeliveredUpTo);
                queue.MarkedAtStart = false;
            }
        }

        Tick();
    }

    /// <summary>Ends what is due at <see cref="NowMs"/>.</summary>
    internal void Tick()
    {
        if (!IsWarmingUp)
        {
            Timers.Tick(NowMs, QueuesPerTick);
        }

        EndCommand();
    }

    /// <summary>From here on outcomes are logged: the journal was replayed into this state.</summary>
    internal void Attach(IJournal journal)
    {
        _journal = journal;
        Log = new OutcomeLog(journal) { Host = this };
        Gates = new CommitGates(journal, Log);
        foreach (MessageQueue queue in Holders)
        {
            for (QueueEntry? entry = queue.First; entry is not null; entry = entry.Newer)
            {
                CountLive(StoredPlace.Of(Describe(entry)));
            }
        }

        CountPages(journal);
    }

    /// <summary>One more keeps the message's record in the journal. Each counts its bytes, so that none has to know of the others.</summary>
    internal void AddStoredReference(Message message)
    {
        message.StoredReferences++;
        CountLive(StoredPlace.Of(message));
    }

    private void CountLive(in StoredPlace place)
    {
        _journal!.AddLive(place.At, place.Length);
        if (place.BodyElsewhere != Message.NotStored)
        {
            _journal.AddLive(place.BodyElsewhere, place.BodyLength);
        }
    }

    private void UncountLive(in StoredPlace place)
    {
        _journal!.RemoveLive(place.At, place.Length);
        if (place.BodyElsewhere != Message.NotStored)
        {
            _journal.RemoveLive(place.BodyElsewhere, place.BodyLength);
        }
    }

    /// <summary>An entry keeps its message's record no longer.</summary>
    internal void RemoveStored(QueueEntry entry)
    {
        if (entry.Message is { } message)
        {
            RemoveStoredReference(message);
        }
        else
        {
            UncountLive(entry.Place);
        }
    }

    internal void RemoveStoredReference(Message message)
    {
        UncountLive(StoredPlace.Of(message));
        if (--message.StoredReferences == 0)
        {
            // A queue that does not store it may still hold the message; its record may be gone from now on.
            message.ForgetStored();
        }
    }

    private MessageQueue? FindQueueOrNull(ShortString name) => FindQueue(name);
}
