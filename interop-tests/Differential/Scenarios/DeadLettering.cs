using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Dead letters: reasons, headers, keys, cycles.</summary>
internal static class DeadLettering
{
    public static void rejected(Script s)
    {
        Ch ch = Queues(s);
        ch.Publish("", "q", "1", new Props { Headers = [("z", 1), ("a", "x"), ("x-y", true)], ContentType = "text/plain", DeliveryMode = 2, MessageId = "m", Expiration = "100000" });
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void last_death(Script s)
    {
        s.ShowsNewerHeaders = true;
        Ch ch = Queues(s);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void bcc_over_two_deaths(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("first", "direct");
        ch.Exchange("second", "direct");
        ch.Declare("hidden");
        ch.Declare("q", args: [("x-dead-letter-exchange", s["first"])]);
        ch.Declare("r", args: [("x-dead-letter-exchange", s["second"])]);
        ch.Bind("r", "first", s["q"]);
        ch.Bind("hidden", "second", "bcc");
        ch.Publish("", "q", "1", new Props { Headers = [("CC", new object?[] { "cc" }), ("BCC", new object?[] { "bcc" })] });
        ch.Reject(ch.GetWhenThere("q", noAck: false)!.Tag, requeue: false);
        ch.Reject(ch.GetWhenThere("r", noAck: false)!.Tag, requeue: false);
        ch.GetWhenThere("hidden");
    }

    public static void nacked(Script s)
    {
        Ch ch = Queues(s);
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
        ch.Nack(0, multiple: true, requeue: false);
        ch.AwaitReady("dead", 2);
        ch.Get("dead");
        ch.Get("dead");
    }

    public static void expired(Script s)
    {
        Ch ch = Queues(s, ("x-message-ttl", 100));
        ch.PublishTo("q", "1");
        ch.GetWhenThere("dead");
    }

    public static void expired_by_its_expiration(Script s)
    {
        Ch ch = Queues(s);
        ch.Publish("", "q", "1", new Props { Expiration = "100", Headers = [("b", 1)] });
        ch.GetWhenThere("dead");
    }

    public static void maxlen(Script s)
    {
        Ch ch = Queues(s, ("x-max-length", 1));
        ch.PublishTo("q", "1", "2");
        ch.GetWhenThere("dead");
    }

    public static void maxlen_bytes(Script s)
    {
        Ch ch = Queues(s, ("x-max-length-bytes", 1));
        ch.PublishTo("q", "1", "2");
        ch.GetWhenThere("dead");
    }

    public static void without_routing_key(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("dlx", "fanout");
        ch.Declare("dead");
        ch.Bind("dead", "dlx", "");
        ch.Exchange("x", "topic");
        ch.Declare("q", args: [("x-dead-letter-exchange", s["dlx"])]);
        ch.Bind("q", "x", "a.#");
        ch.Publish("x", "a.b.c", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void several_hops(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("dlx", "topic");
        ch.Declare("a", args: [("x-dead-letter-exchange", s["dlx"]), ("x-dead-letter-routing-key", "b")]);
        ch.Declare("b", args: [("x-dead-letter-exchange", s["dlx"]), ("x-dead-letter-routing-key", "c"), ("x-message-ttl", 50)]);
        ch.Declare("c", args: [("x-dead-letter-exchange", s["dlx"]), ("x-dead-letter-routing-key", "a")]);
        foreach (string queue in (string[])["a", "b", "c"])
        {
            ch.Bind(queue, "dlx", queue);
        }

        ch.Publish("", "a", "1", new Props { Headers = [("m", 1)], Expiration = "100000" });
        for (int i = 0; i < 3; i++)
        {
            Delivery a = ch.GetWhenThere("a", noAck: false)!;
            ch.Reject(a.Tag, requeue: false);
            Delivery c = ch.GetWhenThere("c", noAck: false)!;
            ch.Nack(c.Tag, requeue: false);
        }

        ch.GetWhenThere("a");
    }

    public static void counts_by_reason(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("wait", args: [("x-message-ttl", 40), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["q"])]);
        ch.Declare("q", args: [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["wait"])]);
        ch.PublishTo("q", "1");
        for (int i = 0; i < 3; i++)
        {
            Delivery got = ch.GetWhenThere("q", noAck: false)!;
            ch.Reject(got.Tag, requeue: false);
        }

        ch.GetWhenThere("q");
    }

    public static void automatic_cycle_is_dropped(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a", args: [("x-message-ttl", 40), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["b"])]);
        ch.Declare("b", args: [("x-message-ttl", 40), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["a"])]);
        ch.PublishTo("a", "1");
        s.Pass(400);
        ch.Get("a");
        ch.Get("b");
        ch.Passive("a");
        ch.Passive("b");
    }

    public static void expired_to_itself_is_dropped(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a", args: [("x-message-ttl", 40), ("x-dead-letter-exchange", "")]);
        ch.PublishTo("a", "1");
        s.Pass(300);
        ch.Get("a");
    }

    public static void rejected_to_itself_comes_again(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a", args: [("x-dead-letter-exchange", "")]);
        ch.PublishTo("a", "1");
        for (int i = 0; i < 3; i++)
        {
            ch.Reject(ch.GetWhenThere("a", noAck: false)!.Tag, requeue: false);
        }

        ch.GetWhenThere("a");
    }

    public static void missing_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-dead-letter-exchange", s["missing"])]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.Quiet("q");
        ch.Get("q");
    }

    public static void exchange_made_later(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-dead-letter-exchange", s["dlx"])]);
        ch.Exchange("dlx", "fanout");
        ch.Declare("dead");
        ch.Bind("dead", "dlx", "");
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void alternate_exchange_of_the_dead_letter_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("ae", "fanout");
        ch.Exchange("dlx", args: [("alternate-exchange", s["ae"])]);
        ch.Declare("dead");
        ch.Bind("dead", "ae", "");
        ch.Declare("q", args: [("x-dead-letter-exchange", s["dlx"])]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void internal_dead_letter_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("dlx", "fanout", @internal: true);
        ch.Declare("dead");
        ch.Bind("dead", "dlx", "");
        ch.Declare("q", args: [("x-dead-letter-exchange", s["dlx"])]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void carbon_copies_with_a_routing_key(Script s)
    {
        Ch ch = Queues(s);
        ch.Declare("copy");
        ch.Publish("", "q", "1", new Props { Headers = [("CC", new object?[] { s["copy"] }), ("BCC", new object?[] { "hidden" }), ("a", 1)] });
        ch.Get("copy");
        ch.Get("q");
        ch.Reject(2, requeue: false);
        ch.GetWhenThere("dead");
        ch.Get("copy");
    }

    public static void carbon_copies_without_a_routing_key(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("dlx", "direct");
        foreach (string queue in (string[])["key", "cc", "bcc"])
        {
            ch.Declare(queue);
            ch.Bind(queue, "dlx", queue);
        }

        ch.Exchange("x", "fanout");
        ch.Declare("q", args: [("x-dead-letter-exchange", s["dlx"])]);
        ch.Bind("q", "x", "");
        ch.Publish("x", "key", "1", new Props { Headers = [("BCC", new object?[] { "bcc" }), ("CC", new object?[] { "cc" })] });
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("key");
        ch.GetWhenThere("cc");
        ch.GetWhenThere("bcc");
    }

    public static void x_death_of_a_client(Script s)
    {
        Ch ch = Queues(s);
        ch.Publish("", "q", "1", new Props
        {
            Headers =
            [
                ("x-death", new object?[]
                {
                    new (string, object?)[] { ("reason", "rejected"), ("queue", s["q"]), ("count", 5L), ("time", Fields.Number('T', 1000)), ("exchange", "e"), ("routing-keys", new object?[] { "k" }) },
                    new (string, object?)[] { ("reason", "expired"), ("queue", "other"), ("count", 2L) },
                }),
            ],
        });
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void x_death_without_counts(Script s)
    {
        Ch ch = Queues(s);
        (string, object?)[] death = [("reason", "rejected"), ("queue", s["q"]), ("exchange", ""), ("routing-keys", new object?[] { "k" })];
        ch.Publish("", "q", "1", new Props { Headers = [("x-death", new object?[] { death, death })] });
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static IEnumerable<(string, Action<Script>)> malformed_x_death()
    {
        (string, object?)[] values =
        [
            ("text", "x"), ("int", 1), ("empty", Array.Empty<object?>()), ("numbers", new object?[] { 1, 2 }), ("empty_table", new object?[] { Array.Empty<(string, object?)>() }), ("void", null),
            ("count_is_text", new object?[] { new (string, object?)[] { ("reason", "rejected"), ("queue", "a"), ("count", "5") } }),
        ];
        return values.Select(v => (v.Item1, (Action<Script>)(s =>
        {
            Ch ch = Queues(s);
            ch.Publish("", "q", "1", new Props { Headers = [("x-death", v.Item2)] });
            ch.Get("q");
            ch.Reject(1, requeue: false);
            ch.GetWhenThere("dead");
        })));
    }

    public static void first_death_of_a_client(Script s)
    {
        Ch ch = Queues(s);
        ch.Publish("", "q", "1", new Props { Headers = [("x-first-death-queue", "mine")] });
        ch.Publish("", "q", "2", new Props { Headers = [("x-first-death-reason", "mine")] });
        ch.Get("q");
        ch.Get("q");
        ch.Nack(0, multiple: true, requeue: false);
        ch.AwaitReady("dead", 2);
        ch.Get("dead");
        ch.Get("dead");
    }

    public static void headers_given_twice(Script s)
    {
        Ch ch = Queues(s);
        ch.Publish("", "q", "1", new Props { Headers = [("b", 1), ("a", 1), ("b", 2), ("B", 3)] });
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.GetWhenThere("dead");
    }

    public static void no_dead_lettering_without_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Reject(1, requeue: false);
        ch.Get("q");
    }

    private static Ch Queues(Script s, params (string, object?)[] args)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"]), .. args]);
        return ch;
    }
}
