using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Bindings of queues and of exchanges: parties, identity, arguments, what is routed where.</summary>
internal static class Bindings
{
    public static void missing_parties(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Exchange("x");
        ch.Bind("missing", "x", "k");
        ch.Bind("q", "missing", "k");
        ch.Bind("missing", "nothing", "k");
        ch.Unbind("missing", "x", "k");
        ch.Unbind("q", "missing", "k");
        ch.Unbind("missing", "nothing", "k");
        ch.BindExchange("missing", "x", "k");
        ch.BindExchange("x", "missing", "k");
        ch.BindExchange("nothing", "missing", "k");
        ch.UnbindExchange("missing", "x", "k");
        ch.UnbindExchange("x", "missing", "k");
        ch.UnbindExchange("nothing", "missing", "k");
    }

    public static void default_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Bind("q", "", "k");
        ch.Bind("missing", "", "k");
        ch.Unbind("q", "", "q");
        ch.BindExchange("", "amq.direct", "k");
        ch.BindExchange("amq.direct", "", "k");
        ch.BindExchange("missing", "", "k");
        ch.UnbindExchange("", "amq.direct", "k");
        ch.UnbindExchange("amq.direct", "", "k");
    }

    public static void last_declared_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Bind("", "amq.direct", "k");
        ch.Declare("q");
        ch.Bind("", "amq.direct", s["k"]);
        ch.Bind("", "amq.direct", "");
        ch.Publish("amq.direct", s["k"], "by key");
        ch.Publish("amq.direct", s["q"], "by name");
        ch.Publish("amq.direct", "", "by nothing");
        ch.Get("");
        ch.Get("");
        ch.Get("");
        ch.Unbind("", "amq.direct", "");
        ch.Publish("amq.direct", s["q"], "unbound");
        ch.Get("");
        ch.Purge("");
        ch.Delete("");
        ch.Get("");
    }

    public static void no_last_declared_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Get("");
        ch.Consume("");
        ch.Purge("");
        ch.Delete("");
        ch.Unbind("", "amq.direct", "k");
        ch.Bind("", "missing", "");
    }

    public static void last_declared_queue_after_a_passive_declare(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a");
        ch.Declare("b");
        ch.Passive("a");
        ch.PublishTo("a", "1");
        ch.Get("");
    }

    public static void repeated(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Exchange("x");
        ch.Bind("q", "x", "k");
        ch.Bind("q", "x", "k");
        ch.Bind("q", "x", "k", args: [("a", 1)]);
        ch.Bind("q", "x", "l");
        ch.Publish("x", "k", "1");
        ch.AwaitReady("q", 1);
        ch.Unbind("q", "x", "k");
        ch.Publish("x", "k", "2");
        ch.AwaitReady("q", 2);
        ch.Unbind("q", "x", "k", args: [("a", 2)]);
        ch.Publish("x", "k", "3");
        ch.AwaitReady("q", 3);
        ch.Unbind("q", "x", "k", args: [("a", 1)]);
        ch.Publish("x", "k", "4");
        ch.PublishTo("q", "end");
        ch.AwaitReady("q", 4);
    }

    public static void arguments_of_another_type_are_another_binding(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Exchange("x", autoDelete: true);
        ch.Bind("q", "x", "k", args: [("a", 1), ("b", 2)]);
        ch.Unbind("q", "x", "k", args: [("a", 1L), ("b", 2)]);
        ch.Exchange("x", passive: true);
        ch.Unbind("q", "x", "k", args: [("b", 2), ("a", 1)]);
        ch.Exchange("x", passive: true);
    }

    public static void unbind_what_is_not_bound(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Exchange("x");
        ch.Exchange("y");
        ch.Unbind("q", "x", "k");
        ch.UnbindExchange("y", "x", "k");
    }

    public static void unbind_bound_exclusive_queue_from_another_connection(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", exclusive: true);
        ch.Bind("q", "amq.direct", s["k"]);
        s.Channel().Unbind("q", "amq.direct", s["k"]);
    }

    public static void no_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Bind("q", "amq.direct", s["k"], noWait: true);
        ch.Publish("amq.direct", s["k"], "1");
        ch.Get("q");
        ch.Bind("q", "missing", "k", noWait: true);
        ch.WaitClosed();
    }

    public static void one_copy_per_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "topic");
        ch.Exchange("y", "fanout");
        ch.BindExchange("y", "x", "#");
        ch.BindExchange("x", "y", "");
        ch.Declare("q");
        ch.Bind("q", "x", "#");
        ch.Bind("q", "x", "a.*");
        ch.Bind("q", "y", "");
        ch.Publish("x", "a.b", "1");
        ch.Publish("y", "a.b", "2");
        ch.AwaitReady("q", 2);
        ch.Get("q");
        ch.Get("q");
    }

    public static void exchange_bound_to_itself(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "fanout");
        ch.BindExchange("x", "x", "");
        ch.Declare("q");
        ch.Bind("q", "x", "");
        ch.Publish("x", "k", "1");
        ch.Get("q");
        ch.Get("q");
    }

    public static IEnumerable<(string, Action<Script>)> topic()
    {
        string[] patterns = ["#", "*", "", "a", "a.*", "a.#", "*.b", "#.b", "a.*.c", "a.#.c", "*.*", "#.#", "*.#", "#.*", "a..b", ".", "*.", ".*", "a.#.#.c", "#.a.#", "a.*.#.c", "**", "a.b*"];
        string[] keys = ["", "a", "a.b", "a.b.c", "a.c", ".", "..", "a.", ".b", "a..b", "b", "a.b.b.c", "*", "#", "a.x.a.c", "**", "a.b*"];
        return patterns.Select((pattern, i) => ($"{i}", (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            s.Transcript.Note($"pattern '{pattern}'");
            ch.Exchange("x", "topic");
            ch.Declare("q");
            ch.Bind("q", "x", pattern);
            foreach (string key in keys)
            {
                ch.Publish("x", key, key);
            }

            while (ch.Get("q", noAck: true) is not null)
            {
            }
        })));
    }

    public static IEnumerable<(string, Action<Script>)> headers()
    {
        (string, object?)[][] bindings =
        [
            [], [("x-match", "all")], [("x-match", "any")], [("a", 1)], [("a", 1), ("b", "x"), ("x-match", "all")], [("a", 1), ("b", "x"), ("x-match", "any")],
            [("a", null)], [("a", null), ("x-match", "any")], [("x-a", 1)], [("x-a", 1), ("x-match", "any")], [("x-a", 1), ("a", 1), ("x-match", "any")], [("x-a", 1), ("x-match", "all-with-x")], [("x-a", 1), ("x-match", "any-with-x")],
            [("a", 1L)], [("a", 1.0)], [("a", "1")], [("a", true)], [("x-match", "some")], [("x-match", 23)], [("x-match", null)], [("x-match", "all"), ("x-match", "any"), ("a", 1), ("b", 2)],
            [("a", new object?[] { 1 })], [("a", new (string, object?)[] { ("b", 1) })], [("a", new byte[] { 49 })],
        ];
        (string, object?)[]?[] messages =
        [
            null, [], [("a", 1)], [("a", 1L)], [("a", (short)1)], [("a", 1.0)], [("a", "1")], [("a", true)], [("a", null)], [("b", "x")], [("a", 1), ("b", "x")], [("b", "x"), ("c", 3), ("a", 1)],
            [("x-a", 1)], [("x-a", 2), ("a", 1)], [("a", 2)], [("a", new object?[] { 1 })], [("a", new object?[] { 1L })], [("a", new (string, object?)[] { ("b", 1) })], [("a", new byte[] { 49 })], [("a", 2), ("a", 1)],
        ];
        return bindings.Select((arguments, i) => ($"{i}", (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            ch.Exchange("x", "headers");
            ch.Declare("q");
            ch.Bind("q", "x", "ignored", args: arguments);
            for (int m = 0; m < messages.Length; m++)
            {
                ch.Publish("x", "", $"{m}", new Props { Headers = messages[m] });
            }

            while (ch.Get("q", noAck: true) is not null)
            {
            }
        })));
    }

    public static void direct_keys_are_exact(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Declare("q");
        ch.Bind("q", "x", "a.*");
        ch.Publish("x", "a.b", "1");
        ch.Publish("x", "a.*", "2");
        ch.Publish("x", "A.*", "3");
        ch.Get("q");
        ch.Get("q");
    }

    public static void unbind_topics(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "topic");
        ch.Declare("q");
        foreach (string key in (string[])["a.#", "a.*.c", "#", "a.b.c"])
        {
            ch.Bind("q", "x", key);
        }

        foreach (string key in (string[])["#", "a.*", "a.b.c", "a.#", "a.*.c"])
        {
            ch.Unbind("q", "x", key);
            ch.Publish("x", "a.b.c", key);
            ch.Get("q");
        }
    }
}
