using AmqpBroker.Core.Sessions;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A delivery as its client holds it.</summary>
internal sealed record HeldDelivery(ulong Tag, long Number);

/// <summary>A channel as its client knows it.</summary>
internal sealed class HistoryChannel(HistoryClient client, ChannelSession session, string name, ChannelMode mode)
{
    internal HistoryClient Client { get; } = client;

    internal ChannelSession Session { get; } = session;

    /// <summary>Its name in the history; no other channel of the run has it.</summary>
    internal string Name { get; } = name;

    internal ChannelMode Mode { get; } = mode;

    internal bool Ended { get; set; }

    internal ulong LastPublish { get; set; }

    /// <summary>Publishes that wait for their confirm, by tag.</summary>
    internal SortedDictionary<ulong, int> Unconfirmed { get; } = [];

    /// <summary>The numbers of requests that wait for their answer, in order.</summary>
    internal Queue<int> Questions { get; } = new();

    internal List<HeldDelivery> Held { get; } = [];

    /// <summary>Settled in the open transaction.</summary>
    internal List<HeldDelivery> Pending { get; } = [];

    /// <summary>Queues by consumer tag, and whether they acknowledge.</summary>
    internal Dictionary<string, (string Queue, bool NoAck)> Consumers { get; } = [];

    /// <summary>What the get that is under way asked for.</summary>
    internal (string Queue, bool NoAck)? Getting { get; set; }
}
