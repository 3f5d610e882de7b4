namespace AmqpBroker.Simulation.Histories;

/// <summary>A queue of a history: how the history describes it, and the arguments it is declared with.</summary>
internal sealed record HistoryQueue(string Name, string Description, string Arguments = "")
{
    internal bool Durable => Description.Contains("durable", StringComparison.Ordinal);

    /// <summary>Clients declare and delete it as they like; the others they leave alone.</summary>
    internal bool Comes => Name[0] == 'e';
}

/// <summary>What all histories declare: plain queues, one with a time to live, one with a delivery limit, a chain of dead letters.</summary>
internal static class HistoryTopology
{
    /// <summary>Times to live are multiples of this, and time passes in steps of it: what is due is due at a step.</summary>
    internal const int StepMs = 50;

    internal const string Fanout = "fan";

    internal static readonly string[] BoundToFanout = ["plain", "short", "spare"];

    internal static readonly HistoryQueue[] Queues =
    [
        new("grave", "durable"),
        new("dead", "durable ttl=300 dead=grave", "x-message-ttl=I:300 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:grave"),
        new("plain", "durable"),
        new("spare", "durable"),
        new("short", "durable ttl=200 dead=dead", "x-message-ttl=I:200 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"),
        new("limited", "durable limit=1 dead=dead", "x-delivery-limit=I:1 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"),
        new("counted", "durable limit=5", "x-delivery-limit=I:5"),
        new("volatile", ""),
        new("e0", "durable"),
        new("e1", "durable"),
        new("e2", "durable"),
    ];

    /// <summary>Durable exchanges that clients declare and delete as they like.</summary>
    internal static readonly string[] Exchanges = ["x0", "x1"];
}
