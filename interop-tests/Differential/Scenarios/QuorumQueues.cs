using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Queues of type quorum, and of type stream.</summary>
internal static class QuorumQueues
{
    private static readonly (string, object?)[] s_quorum = [("x-queue-type", "quorum")];

    public static IEnumerable<(string, Action<Script>)> value()
    {
        (string, object?)[] values = [("int", 5), ("zero", 0), ("negative", -1), ("text", "x"), ("true", true), ("double", 5.0), ("void", null)];
        string[] arguments =
        [
            "x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority", "x-dead-letter-exchange", "x-single-active-consumer",
            "x-queue-mode", "x-queue-version", "x-max-age", "x-quorum-initial-group-size", "x-max-in-memory-length", "x-max-in-memory-bytes",
            "x-stream-max-segment-size-bytes", "x-initial-cluster-size", "x-something",
        ];
        return arguments.Select(argument => (argument, (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            foreach ((string name, object? value) in values)
            {
                ch.Declare($"{argument}-{name}", durable: true, args: [.. s_quorum, (argument, value)]);
                ch.Delete($"{argument}-{name}");
            }
        })));
    }

    public static void texts(Script s)
    {
        Ch ch = s.Channel();
        foreach ((string name, object? value) in ((string, object?)[])
            [("x-overflow", "drop-head"), ("x-overflow", "reject-publish"), ("x-overflow", "reject-publish-dlx"), ("x-overflow", "other"), ("x-overflow", 1),
             ("x-dead-letter-strategy", "at-most-once"), ("x-dead-letter-strategy", "at-least-once"), ("x-dead-letter-strategy", "other"), ("x-dead-letter-strategy", 1),
             ("x-queue-leader-locator", "client-local"), ("x-queue-leader-locator", "balanced"), ("x-queue-leader-locator", "other"), ("x-queue-leader-locator", 1), ("x-dead-letter-routing-key", "k")])
        {
            ch.Declare("q", durable: true, args: [.. s_quorum, (name, value)]);
            ch.Delete("q");
        }
    }

    public static void delivery_limit_of_a_wrong_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-delivery-limit", "x")]);
    }

    public static void equivalence(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-max-length", 5)]);
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-max-length", 5)]);
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-max-length", 6)]);
        ch.Declare("q", durable: true, args: s_quorum);
        ch.Declare("q", durable: true, args: [("x-max-length", 5)]);
        ch.Declare("q", args: [.. s_quorum, ("x-max-length", 5)]);
    }

    public static void publish_and_get(Script s)
    {
        Ch ch = Quorum(s);
        ch.Get("q");
        ch.Get("q");
        ch.Ack(1);
        ch.Ack(2);
        ch.Get("q");
        ch.Get("q");
    }

    public static void consume(Script s)
    {
        Ch ch = Quorum(s);
        ch.Qos(2);
        ch.Consume("q");
        ch.Take(2);
        ch.Ack(1);
        ch.Take(1);
        ch.Cancel();
        ch.Ack(3, multiple: true);
    }

    public static void redelivery_counts(Script s)
    {
        Ch ch = Quorum(s);
        ch.Qos(1);
        ch.Consume("q");
        ch.Take();
        ch.Nack(1);
        ch.Take();
        ch.Reject(2);
        ch.Take();
        ch.Ack(3);
        ch.Take();
    }

    public static void priorities(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: s_quorum);
        ch.Confirm();
        ch.PublishTo("q", "none");
        ch.Publish("", "q", "9", new Props { Priority = 9 });
        ch.Publish("", "q", "1", new Props { Priority = 1 });
        ch.AwaitConfirms();
        ch.Consume("q", noAck: true);
        ch.Take(3);
    }

    public static void single_active_consumer_of_a_higher_priority(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-single-active-consumer", true)]);
        ch.Consume("q", "low");
        ch.Consume("q", "high", args: [("x-priority", 5)]);
        ch.PublishTo("q", "1");
        ch.Take();
    }

    public static void acquired_count(Script s)
    {
        s.ShowsNewerHeaders = true;
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: s_quorum);
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Get("q");
        ch.Nack(1);
        ch.GetWhenThere("q");
    }

    public static void delivery_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-delivery-limit", 2), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Consume("q");
        for (ulong tag = 1; tag <= 3; tag++)
        {
            ch.Take();
            ch.Nack(tag);
        }

        ch.GetWhenThere("dead");
    }

    public static void room_after_the_delivery_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-delivery-limit", 1)]);
        ch.Confirm();
        ch.PublishTo("q", "1", "2", "3");
        ch.AwaitConfirms();
        ch.Qos(1);
        ch.Consume("q");
        ch.Take();
        ch.Nack(1);
        ch.Take();
        ch.Nack(2);
        ch.Take();
        ch.Quiet("q");
    }

    public static void who_fetched_counts_as_a_consumer(Script s)
    {
        Ch ch = Quorum(s);
        ch.Get("q");
        ch.Passive("q");
        ch.Ack(1);
        ch.Passive("q");
    }

    public static void headers_are_sorted(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-delivery-limit", 1)]);
        ch.Confirm();
        ch.Publish("", "q", "1", new Props { Headers = [("z", 1), ("a", 2), ("y", 3)] });
        ch.AwaitConfirms();
        ch.Get("q");
        ch.Nack(1);
        ch.GetWhenThere("q");
    }

    public static void no_delivery_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: s_quorum);
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Consume("q");
        for (ulong tag = 1; tag <= 21; tag++)
        {
            ch.Take();
            ch.Nack(tag);
        }

        ch.AwaitReady("q", 0);
        ch.Cancel();
        ch.Quiet("q");
        ch.Close();
        ch.GetWhenThere("q");
    }

    public static void exclusive_consumer(Script s)
    {
        Ch ch = Quorum(s);
        ch.Qos(1);
        ch.Consume("q", "a", exclusive: true);
        ch.Take();
        ch.Consume("q", "b");
    }

    public static void get_and_a_single_active_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [.. s_quorum, ("x-single-active-consumer", true)]);
        ch.Get("q");
    }

    public static void delete_if_unused(Script s)
    {
        Ch ch = Quorum(s);
        ch.Delete("q", ifUnused: true);
        ch.Delete("q", ifEmpty: true);
        ch.Delete("q");
    }

    public static void global_prefetch(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: s_quorum);
        ch.Qos(1, global: true);
        ch.Consume("q");
    }

    public static void purge(Script s)
    {
        Ch ch = Quorum(s);
        ch.Get("q");
        ch.Purge("q");
        ch.Nack(1);
        ch.GetWhenThere("q");
    }

    public static void stream_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: [("x-queue-type", "stream")]);
    }

    private static Ch Quorum(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true, args: s_quorum);
        Ch publisher = ch.Peer.Channel();
        publisher.Confirm();
        publisher.PublishTo("q", "1", "2", "3");
        publisher.AwaitConfirms();
        return ch;
    }
}
