using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

internal enum ChannelMode
{
    Plain,
    Confirms,
    Transactions,
}

/// <summary>A consumer as its client knows it.</summary>
internal sealed class ModelConsumer(ModelChannel channel, ModelQueue queue, int number, bool noAck, int prefetch)
{
    internal ModelChannel Channel { get; } = channel;

    internal ModelQueue Queue { get; } = queue;

    /// <summary>In the order in which consumers came.</summary>
    internal int Number { get; } = number;

    internal string Tag { get; } = $"c{number}";

    internal bool NoAck { get; } = noAck;

    internal int Prefetch { get; } = prefetch;

    /// <summary>consume-ok came: deliveries may.</summary>
    internal bool Active { get; set; }

    internal int Unacked => Channel.Unacked.Values.Count(u => u.Consumer == this) + Channel.Pending.Count(p => p.Held.Consumer == this);

    internal bool HasRoom => Active && (NoAck || Prefetch == 0 || Unacked < Prefetch) && Channel.HasRoom;
}

/// <summary>A delivery that is not settled.</summary>
internal sealed record Held(ulong Tag, ModelQueue Queue, ModelMessage Message, ModelConsumer? Consumer);

internal enum Settlement
{
    Ack,
    Reject,
    Requeue,
}

/// <summary>An answer that must come, in this order on its channel, and not before the journal is durable up to a position.</summary>
internal sealed record ExpectedReply(IMethod Method, long NotBefore = 0, ModelConsumer? Activates = null, int? BodyId = null);

/// <summary>A publish on a channel with confirms: stored ones have a position to wait for.</summary>
internal sealed record Unconfirmed(ulong Tag, long NotBefore, bool Refused);

/// <summary>A channel as its client knows it.</summary>
internal sealed class ModelChannel(TestChannel real, ChannelMode mode)
{
    internal TestChannel Real { get; } = real;

    internal ChannelMode Mode { get; } = mode;

    internal SortedDictionary<ulong, Held> Unacked { get; } = [];

    internal Dictionary<string, ModelConsumer> Consumers { get; } = [];

    internal Queue<ExpectedReply> Expected { get; } = new();

    internal Queue<int> ExpectedReturns { get; } = new();

    /// <summary>Closed by either side; its number is free when the last answer came.</summary>
    internal bool Closing { get; set; }

    internal List<Unconfirmed> Unconfirmed { get; } = [];

    /// <summary>Of the open transaction.</summary>
    internal List<(int Id, string Exchange, string Key, bool Persistent, bool Mandatory)> PendingPublishes { get; } = [];

    internal List<(Held Held, Settlement Settlement)> Pending { get; } = [];

    internal ulong LastTag { get; set; }

    internal ulong LastPublish { get; set; }

    internal int NextPrefetch { get; set; }

    internal int GlobalPrefetch { get; set; }

    internal int GlobalUnacked => Unacked.Values.Count(u => u.Consumer is not null) + Pending.Count(p => p.Held.Consumer is not null);

    internal bool HasRoom => GlobalPrefetch == 0 || GlobalUnacked < GlobalPrefetch;
}
