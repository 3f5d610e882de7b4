namespace AmqpBroker.Differential.Duels;

/// <summary>What random scripts choose from: few names, so that steps meet.</summary>
internal static class Pools
{
    private static readonly string[] s_types = ["direct", "topic", "fanout", "headers"];

    /// <summary>Queues that messages may be held of: what came from a short-lived one depends on when it is given back.</summary>
    public static readonly string[] LastingQueues = ["q", "r", "s"];

    public static readonly string[] Queues = [.. LastingQueues, Duel.ShortLived];

    public static readonly string[] Exchanges = ["direct", "topic", "fanout", "headers"];

    public static readonly string[] Keys = ["a", "b", "a.b", "a.*", "#", "a.#", "*.b", "", "..", "#.#", "a.b.c"];

    public static readonly string[] Tags = ["c1", "c2", "c3"];

    public static readonly (string, object?)[][] Headers =
    [
        [("h", 1)], [("h", "x"), ("i", true)], [("x-match", "any"), ("h", 1), ("i", true)], [("x-match", "all")], [("h", 1L), ("i", true)],
        [("x-match", "any-with-x"), ("x-y", 2)], [("x-match", "all-with-x"), ("x-y", 2), ("h", 1)], [("x-y", 2), ("h", 1)], [("h", null)], [("x-match", "some")],
        [("x-match", "any")], [("h", 1.0)], [("CC", "a")], [("BCC", new object?[] { 1 })], [("CC", new object?[] { "a", "a.b" })],
        [("x-death", new object?[] { new (string, object?)[] { ("count", 2L), ("reason", "rejected"), ("queue", "q"), ("exchange", ""), ("routing-keys", new object?[] { "q" }) } })],
    ];

    public static readonly (string, object?)[] BadArguments =
    [
        ("x-max-length", -1), ("x-message-ttl", "x"), ("x-message-ttl", -1), ("x-expires", 0), ("x-max-priority", 256), ("x-overflow", "none"),
        ("x-dead-letter-exchange", 1), ("x-dead-letter-routing-key", "k"), ("x-single-active-consumer", 1), ("x-max-length-bytes", "1"), ("x-queue-type", "other"),
        ("x-unknown", 1), ("x-queue-mode", "lazy"), ("x-queue-version", 2),
    ];

    /// <summary>The type that an exchange's name says, or one further on.</summary>
    public static string TypeOf(string exchange, int further) => s_types[(Array.IndexOf(s_types, exchange) + further) % s_types.Length];
}
