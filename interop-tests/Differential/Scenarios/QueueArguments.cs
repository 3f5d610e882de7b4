using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Every argument of queue.declare: which values are taken, how the others are refused, what is equal to what.</summary>
internal static class QueueArguments
{
    private static readonly (string Name, object?)[] s_types =
    [
        ("int", 5), ("long", 5L), ("short", (short)5), ("byte", (sbyte)5), ("unsigned_byte", (byte)5), ("unsigned_short", (ushort)5),
        ("unsigned_int", 5u), ("zero", 0), ("negative", -1), ("large", 4_294_967_296L), ("too_large", 315_360_000_001L), ("largest", long.MaxValue),
        ("text", "5"), ("empty_text", ""), ("other_text", "drop-head"), ("true", true), ("double", 5.0), ("float", 5f), ("void", null),
        ("binary", new byte[] { 53 }), ("table", new (string, object?)[] { ("a", 1) }), ("array", new object?[] { 5 }),
        ("decimal", Fields.Decimal(0, 5)), ("timestamp", Fields.Number('T', 5)),
    ];

    public static IEnumerable<(string, Action<Script>)> value()
    {
        string[] arguments =
        [
            "x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority", "x-overflow", "x-dead-letter-exchange",
            "x-dead-letter-routing-key", "x-single-active-consumer", "x-queue-type", "x-queue-mode", "x-queue-version",
            "x-max-age", "x-delivery-limit", "x-dead-letter-strategy", "x-quorum-initial-group-size",
            "x-max-in-memory-length", "x-max-in-memory-bytes", "x-stream-max-segment-size-bytes", "x-initial-cluster-size",
            "x-queue-leader-locator", "x-something",
        ];
        return arguments.Select(argument => (argument, (Action<Script>)(s => Values(s, argument, s_types))));
    }

    public static void bounds(Script s)
    {
        Values(s, "x-max-priority", [("1", 1), ("255", 255), ("256", 256), ("1000000", 1_000_000)]);
        Values(s, "x-message-ttl", [("limit", 315_360_000_000L)]);
        Values(s, "x-expires", [("limit", 315_360_000_000L), ("beyond", 315_360_000_001L), ("one", 1)]);
        Values(s, "x-overflow", [("a", "drop-head"), ("b", "reject-publish"), ("c", "reject-publish-dlx"), ("d", "REJECT-PUBLISH")]);
        Values(s, "x-queue-mode", [("a", "default"), ("b", "lazy"), ("c", "eager")]);
        Values(s, "x-queue-version", [("one", 1), ("two", 2), ("three", 3)]);
        Values(s, "x-queue-type", [("a", "classic"), ("b", "quorum"), ("c", "quick")]);
        Values(s, "x-queue-master-locator", [("a", "min-masters"), ("b", "client-local"), ("c", "random")]);
    }

    public static void master_locator_unknown(Script s) => s.Channel().Declare("q", args: [("x-queue-master-locator", "nowhere")]);

    public static void master_locator_no_text(Script s) => s.Channel().Declare("q", args: [("x-queue-master-locator", 1)]);

    public static void long_names(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-dead-letter-exchange", new string('x', 300))]);
        ch.Declare("q2", args: [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", new string('x', 300))]);
    }

    public static void dead_letter_key_without_exchange(Script s) => s.Channel().Declare("q", args: [("x-dead-letter-routing-key", "k")]);

    public static void dead_letter_exchange_that_is_not_there(Script s) => s.Channel().Declare("q", args: [("x-dead-letter-exchange", s["none"])]);

    public static void several_are_wrong(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-expires", 0), ("x-message-ttl", -1), ("x-max-length", "a"), ("x-overflow", 1)]);
        ch.Declare("q", args: [("x-overflow", 1), ("x-max-length", "a"), ("x-message-ttl", -1), ("x-expires", 0)]);
        ch.Declare("q", args: [("x-max-priority", -1), ("x-max-length-bytes", -1), ("x-max-length", -1)]);
    }

    public static void given_twice(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1), ("x-max-length", 2)]);
        ch.Declare("q", args: [("x-max-length", 1)]);
        ch.Declare("q", args: [("x-max-length", 2)]);
    }

    public static IEnumerable<(string, Action<Script>)> equivalence()
    {
        (string, object?, object?)[] cases =
        [
            ("x-message-ttl", 1000, 1000L), ("x-message-ttl", 1000, (short)1000), ("x-message-ttl", 1000, 2000), ("x-message-ttl", 1000, 1000.0),
            ("x-message-ttl", 1000, "1000"), ("x-message-ttl", 1000, null), ("x-expires", 100000, 100001), ("x-max-length", 5, 5u),
            ("x-max-length", 5, (byte)6), ("x-max-length-bytes", 5, 6L), ("x-max-priority", 5, 6), ("x-overflow", "drop-head", "reject-publish"),
            ("x-dead-letter-exchange", "a", "b"), ("x-dead-letter-exchange", "a", ""), ("x-queue-mode", "lazy", "default"), ("x-queue-version", 1, 2),
            ("x-single-active-consumer", true, false), ("x-queue-type", "classic", "quorum"), ("x-something", 1, 2), ("x-queue-master-locator", "random", "min-masters"),
        ];
        return cases.Select((c, i) => ($"{c.Item1}.{i}", (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            ch.Declare("q", args: [(c.Item1, c.Item2)]);
            ch.Declare("q", args: [(c.Item1, c.Item3)]);
            ch.Declare("q");
            ch.Declare("r");
            ch.Declare("r", args: [(c.Item1, c.Item2)]);
        })));
    }

    public static void order_of_arguments_does_not_matter(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1), ("x-message-ttl", 100000)]);
        ch.Declare("q", args: [("x-message-ttl", 100000), ("x-max-length", 1)]);
    }

    public static void several_differ(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1), ("x-message-ttl", 100000), ("x-expires", 100000), ("x-overflow", "drop-head"), ("x-max-priority", 3)]);
        ch.Declare("q", args: [("x-max-length", 2), ("x-message-ttl", 100001), ("x-expires", 100001), ("x-overflow", "reject-publish"), ("x-max-priority", 4)]);
        ch.Declare("q", args: [("x-max-length", 2), ("x-message-ttl", 100001), ("x-expires", 100000), ("x-overflow", "reject-publish"), ("x-max-priority", 4)]);
        ch.Declare("q", args: [("x-max-length", 2), ("x-message-ttl", 100000), ("x-expires", 100000), ("x-overflow", "drop-head"), ("x-max-priority", 4)]);
    }

    public static void classic_by_name_is_the_default(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-queue-type", "classic")]);
        ch.Declare("q");
        ch.Declare("r");
        ch.Declare("r", args: [("x-queue-type", "classic")]);
        ch.Declare("r", durable: true, args: [("x-queue-type", "quorum")]);
    }

    public static void quorum_properties(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-queue-type", "quorum")]);
        ch.Declare("q", durable: true, exclusive: true, args: [("x-queue-type", "quorum")]);
        ch.Declare("q", durable: true, autoDelete: true, args: [("x-queue-type", "quorum")]);
        ch.Declare("", durable: true, args: [("x-queue-type", "quorum")]);
        ch.Declare("q", durable: true, args: [("x-queue-type", "quorum"), ("x-max-priority", 3)]);
    }

    private static void Values(Script s, string argument, (string, object?)[] values)
    {
        Ch ch = s.Channel();
        foreach ((string name, object? value) in values)
        {
            ch.Declare($"{argument}-{name}", durable: argument == "x-queue-type", args: [(argument, value)]);
        }
    }
}
