using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>The exchange types that RabbitMQ's own plugins bring.</summary>
internal static class PluginExchanges
{
    public static void consistent_hash_weights(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash");
        ch.Declare("q");
        foreach (string key in new[] { "a", "", "0", "-1", "1.0", "+", "1 ", " 1", "+1", "01", "1" })
        {
            ch.Bind("q", "x", key);
        }
    }

    public static void consistent_hash_one_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash");
        ch.Declare("q");
        ch.Confirm();
        ch.Publish("x", "unbound", "1", mandatory: true);
        ch.Bind("q", "x", "10");
        ch.Publish("x", "any", "2", mandatory: true);
        ch.Publish("x", "", "3", new Props { Headers = [("CC", new object?[] { "copy", "another" })] }, mandatory: true);
        ch.AwaitConfirms();
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
        ch.Unbind("q", "x", "10");
        ch.Publish("x", "any", "4", mandatory: true);
        ch.AwaitConfirms();
        ch.Get("q");
    }

    public static void consistent_hash_arguments(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a", "x-consistent-hash", args: [("hash-header", "h"), ("hash-property", "message_id")]);
        ch.Exchange("b", "x-consistent-hash", args: [("hash-property", "app_id")]);
        ch.Exchange("c", "x-consistent-hash", args: [("hash-property", "")]);
        ch.Exchange("d", "x-consistent-hash", args: [("hash-header", "h")]);
        ch.Exchange("e", "x-consistent-hash", args: [("hash-property", "message_id")]);
        ch.Exchange("f", "x-consistent-hash", args: [("hash-property", "correlation_id")]);
        ch.Exchange("g", "x-consistent-hash", args: [("hash-property", "timestamp")]);
    }

    public static void consistent_hash_arguments_are_not_compared(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash", args: [("hash-header", "h")]);
        ch.Exchange("x", "x-consistent-hash", args: [("hash-header", "other")]);
        ch.Exchange("x", "x-consistent-hash", args: [("hash-property", "app_id")]);
        ch.Exchange("x", "x-consistent-hash");
        ch.Exchange("x", "x-consistent-hash", args: [("alternate-exchange", "a")]);
    }

    public static void consistent_hash_header_of_a_wrong_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash", args: [("hash-header", 1)]);
        ch.Peer.WaitClosed();
    }

    public static void consistent_hash_one_of_two_bindings_goes(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash");
        ch.Declare("q");
        ch.Bind("q", "x", "1");
        ch.Bind("q", "x", "2");
        ch.Unbind("q", "x", "2");
        ch.Confirm();
        ch.Publish("x", "k", "1", mandatory: true);
        ch.AwaitConfirms();
    }

    public static void local_random(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-local-random");
        ch.Declare("q");
        ch.Bind("q", "x", "");
        ch.Publish("x", "k", "1");
        ch.Get("q");
    }

    public static void consistent_hash_by_header_to_an_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-consistent-hash", args: [("hash-header", "h")]);
        ch.Exchange("y", "fanout");
        ch.Declare("a");
        ch.Declare("b");
        ch.BindExchange("y", "x", "1");
        ch.Bind("a", "y", "");
        ch.Bind("b", "y", "");
        ch.Publish("x", "k", "with", new Props { Headers = [("h", 5)] });
        ch.Publish("x", "k", "without");
        ch.Get("a");
        ch.Get("a");
        ch.Get("b");
        ch.Get("b");
    }

    public static void random_and_modulus_with_one_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        foreach (string type in new[] { "x-random", "x-modulus-hash" })
        {
            ch.Exchange(type, type);
            ch.Publish(type, "k", "unbound", mandatory: true);
            ch.Bind("q", type, "some key");
            ch.Publish(type, "k", "1", mandatory: true);
            ch.Publish(type, "", "2", mandatory: true);
            ch.AwaitConfirms();
            ch.Get("q");
            ch.Get("q");
        }
    }

    public static void random_and_modulus_reach_one_queue_each(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("to", "fanout");
        ch.Declare("q");
        ch.Bind("q", "to", "");
        foreach (string type in new[] { "x-random", "x-modulus-hash", "x-consistent-hash" })
        {
            ch.Exchange(type, type);
            ch.BindExchange("to", type, "1");
            ch.Bind("q", type, "2");
            for (int i = 0; i < 5; i++)
            {
                ch.Publish(type, $"{i}", $"{type} {i}");
            }
        }

        for (int i = 0; i < 15; i++)
        {
            ch.Get("q");
        }

        ch.Get("q");
    }

    public static void modulus_keeps_a_key_in_one_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-modulus-hash");
        ch.Declare("a");
        ch.Declare("b");
        ch.Bind("a", "x", "");
        ch.Bind("b", "x", "");
        ch.Confirm();
        for (int i = 0; i < 6; i++)
        {
            ch.Publish("x", "same key", $"{i}");
        }

        ch.AwaitConfirms();
        ch.Muted = true;
        bool inA = ch.Get("a", noAck: true) is not null;
        ch.Muted = false;
        string full = inA ? "a" : "b";
        ch.Muted = true;
        int count = inA ? 1 : 0;
        while (ch.Get(full, noAck: true) is not null)
        {
            count++;
        }

        bool otherIsEmpty = ch.Get(inA ? "b" : "a", noAck: true) is null;
        ch.Muted = false;
        ch.Record($"{count} in one queue, the other is empty: {otherIsEmpty}");
    }
}
