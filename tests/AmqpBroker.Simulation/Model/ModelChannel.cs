using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

internal enum ChannelMode
{
    Plain,
    Confirms,
    Transactions,
}

internal enum Settlement
{
    Ack,
    Reject,
    Requeue,
}

/// <summary>A consumer as its client knows it.</summary>
internal sealed class ModelConsumer(ModelChannel channel, ModelQueue queue, string tag)
{
    internal ModelChannel Channel { get; } = channel;

    internal ModelQueue Queue { get; } = queue;

    internal string Tag { get; } = tag;

    internal bool NoAck { get; init; }

    internal bool Exclusive { get; init; }

    internal int Prefetch { get; init; }

    internal int Priority { get; init; }

    /// <summary>consume-ok came: deliveries may come.</summary>
    internal bool Active { get; set; }

    internal int Unacked { get; set; }

    internal bool HasRoom => Active && (NoAck || Prefetch == 0 || Unacked < Prefetch) && Channel.HasRoom;
}

/// <summary>A delivery that is not settled.</summary>
internal sealed record Held(ulong Tag, ModelQueue Queue, ModelEntry Entry, ModelConsumer? Consumer);

/// <summary>An answer that must come, in this order on its channel, and not before the journal is durable up to a position.</summary>
internal sealed record ExpectedReply(IMethod Method, long NotBefore = 0, ModelMessage? Content = null)
{
    internal string Headers { get; init; } = "";

    public override string ToString() => Content is null ? $"{Method}" : $"{Method} with message {Content.Id} {Headers}";
}

/// <summary>A publish on a channel with confirms.</summary>
internal sealed record Unconfirmed(ulong Tag, long NotBefore, bool Refused, int ReturnedAt);

/// <summary>Of an open transaction.</summary>
internal sealed record PendingPublish(ModelMessage Message, bool Mandatory);

/// <summary>A connection. It may stop reading: then what is on its way to it has an end.</summary>
internal sealed class ModelClient(SimulatedClient real)
{
    /// <summary>Above this the credit is used up; bodies are so large or so small that it need not be exact.</summary>
    private const long CreditBytes = 1_000_000;

    internal SimulatedClient Real { get; } = real;

    /// <summary>Bytes of bodies sent since it read last.</summary>
    internal long Outstanding { get; set; }

    internal bool HasCredit => Outstanding < CreditBytes;
}

/// <summary>A channel as its client knows it.</summary>
internal sealed class ModelChannel(ModelClient client, ChannelSession real, ChannelMode mode)
{
    internal ModelClient Client { get; } = client;

    internal ChannelSession Real { get; } = real;

    internal ChannelMode Mode { get; } = mode;

    internal Dictionary<string, ModelConsumer> Consumers { get; } = [];

    internal SortedDictionary<ulong, Held> Unacked { get; } = [];

    internal List<PendingPublish> PendingPublishes { get; } = [];

    internal List<(Held Held, Settlement Settlement)> PendingSettlements { get; } = [];

    internal Queue<ExpectedReply> Expected { get; } = new();

    internal List<Unconfirmed> Unconfirmed { get; } = [];

    /// <summary>What the client received and the model has not accounted for yet.</summary>
    internal Queue<Frame> Deliveries { get; } = new();

    internal Queue<Frame> Answers { get; } = new();

    internal Queue<Frame> Returns { get; } = new();

    internal Queue<Frame> Confirms { get; } = new();

    /// <summary>The tags between consume-ok and cancel-ok, as the client saw them.</summary>
    internal HashSet<string> SeenConsumers { get; } = [];

    /// <summary>Closed by either side; its number is free when the last answer came.</summary>
    internal bool Closing { get; set; }

    internal ulong LastTag { get; set; }

    internal ulong LastPublish { get; set; }

    internal int NextPrefetch { get; set; }

    internal int GlobalPrefetch { get; set; }

    internal int GlobalUnacked { get; set; }

    internal bool HasRoom => (GlobalPrefetch == 0 || GlobalUnacked < GlobalPrefetch) && Client.HasCredit;
}
