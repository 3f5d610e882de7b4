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

    public static void recent_history(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-recent-history", args: [("x-recent-history-length", 3)]);
        ch.Confirm();
        for (int i = 0; i < 5; i++)
        {
            ch.Publish("x", $"k{i}", $"{i}", new Props { Headers = [("n", i)] }, mandatory: true);
        }

        ch.AwaitConfirms();
        ch.Declare("q");
        ch.Bind("q", "x", "any key");
        ch.AwaitReady("q", 3);
        ch.Bind("q", "x", "any key");
        ch.Publish("x", "k", "no store", new Props { Headers = [("x-recent-history-no-store", true)] });
        ch.Publish("x", "k", "other type", new Props { Headers = [("x-recent-history-no-store", 1)] });
        ch.AwaitConfirms();
        for (int i = 0; i < 6; i++)
        {
            ch.Get("q");
        }

        ch.Declare("late");
        ch.Bind("late", "x", "");
        ch.AwaitReady("late", 3);
        for (int i = 0; i < 4; i++)
        {
            ch.Get("late");
        }
    }

    public static void recent_history_default_length(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-recent-history");
        ch.Confirm();
        for (int i = 0; i < 25; i++)
        {
            ch.Publish("x", "k", $"{i}");
        }

        ch.AwaitConfirms();
        ch.Declare("q");
        ch.Bind("q", "x", "");
        ch.AwaitReady("q", 20);
        ch.Get("q");
    }

    public static void recent_history_of_an_exchange_that_was_deleted(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-recent-history");
        ch.Confirm();
        ch.Publish("x", "k", "1");
        ch.AwaitConfirms();
        ch.DeleteExchange("x");
        ch.Exchange("x", "x-recent-history");
        ch.Declare("q");
        ch.Bind("q", "x", "");
        ch.Get("q");
    }

    public static void recent_history_to_an_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-recent-history");
        ch.Exchange("to", "topic");
        ch.Declare("q");
        ch.Bind("q", "to", "a.*");
        ch.Confirm();
        ch.Publish("x", "a.1", "1");
        ch.AwaitConfirms();
        ch.BindExchange("to", "x", "");
        ch.AwaitReady("q", 1);
        ch.Get("q");
    }

    public static void recent_history_to_an_exchange_several(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-recent-history");
        ch.Exchange("to", "fanout");
        ch.Declare("q");
        ch.Bind("q", "to", "");
        ch.Confirm();
        ch.Publish("x", "k", "1");
        ch.Publish("x", "k", "2");
        ch.AwaitConfirms();
        ch.BindExchange("to", "x", "");
        ch.AwaitReady("q", 2);
        ch.Get("q");
        ch.Get("q");
    }

    public static void recent_history_length(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a", "x-recent-history", args: [("x-recent-history-length", 0)]);
        ch.Exchange("b", "x-recent-history", args: [("x-recent-history-length", -1)]);
        ch.Exchange("c", "x-recent-history", args: [("x-recent-history-length", "5")]);
        ch.Exchange("d", "x-recent-history", args: [("x-recent-history-length", true)]);
        ch.Exchange("e", "x-recent-history", args: [("x-recent-history-length", 5L)]);
        ch.Exchange("e", "x-recent-history", args: [("x-recent-history-length", 6)]);
        ch.Exchange("e", "x-recent-history", args: [("x-recent-history-length", "wrong")]);
    }
}
