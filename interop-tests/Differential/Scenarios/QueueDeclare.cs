using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>queue.declare: names, equivalence, exclusiveness, passive.</summary>
internal static class QueueDeclare
{
    public static void again(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.AwaitReady("q", 2);
        ch.Declare("q");
        ch.Passive("q");
    }

    public static void other_durable(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Declare("q", durable: true);
    }

    public static void other_auto_delete(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Declare("q", autoDelete: true);
    }

    public static void other_exclusive(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Declare("q", exclusive: true);
    }

    public static void exclusive_again_without_exclusive(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", exclusive: true);
        ch.Declare("q");
    }

    public static void exclusive_again(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", exclusive: true, durable: true);
        ch.Declare("q", exclusive: true, durable: true);
        ch.Declare("q", exclusive: true);
    }

    public static void several_fields_differ(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 4)]);
        ch.Declare("q", durable: true, autoDelete: true, exclusive: true, args: [("x-max-length", 5)]);
        ch.Declare("q", durable: true, autoDelete: true, args: [("x-max-length", 5)]);
        ch.Declare("q", autoDelete: true, args: [("x-max-length", 5)]);
        ch.Declare("q", args: [("x-max-length", 5)]);
    }

    public static void passive_missing(Script s)
    {
        Ch ch = s.Channel();
        ch.Passive("missing");
    }

    public static void passive_ignores_other_fields(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Declare("q", passive: true, durable: true, exclusive: true, autoDelete: true, args: [("x-max-length", -1), ("x-message-ttl", "a")]);
    }

    public static void passive_of_empty_name_without_last_queue(Script s) => s.Channel().Passive("");

    public static void passive_of_empty_name(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Passive("");
    }

    public static void server_named(Script s)
    {
        Ch ch = s.Channel();
        string name = ch.Declare("", exclusive: true);
        ch.Passive(name);
        ch.PublishTo(name, "1");
        ch.Get("");
        ch.Declare(name, exclusive: true);
    }

    public static void reserved_name_absent(Script s) => s.Channel().Declare("amq.something");

    public static void reserved_name_absent_passive(Script s) => s.Channel().Passive("amq.something");

    public static void reserved_name_present(Script s)
    {
        Ch ch = s.Channel();
        string name = ch.Declare("");
        ch.Declare(name);
        ch.Declare(name, durable: true);
    }

    public static void reserved_name_of_a_server_named_queue_that_is_gone(Script s)
    {
        Ch ch = s.Channel();
        string name = ch.Declare("");
        ch.Delete(name);
        ch.Declare(name);
    }

    public static void line_breaks_in_names(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a\r\nb");
        ch.Passive("ab");
        ch.PublishTo("a\r\nb", "with");
        ch.PublishTo("ab", "without");
        ch.Get("a\nb");
        ch.Get("ab");
        ch.Delete("\ra\nb");
    }

    public static void only_line_breaks_as_name(Script s)
    {
        Ch ch = s.Connect().Channel();
        ch.Call(new Protocol.QueueDeclare(Protocol.ShortString.FromString("\r\n"), false, false, true, false, false, Protocol.FieldTable.Empty), "queue.declare-ok");
    }

    public static void long_name(Script s)
    {
        Ch ch = s.Channel();
        string name = new('n', 255 - s["x"].Length + 1);
        ch.Declare(name);
        ch.Declare(name, durable: true);
    }

    public static void names_that_are_no_ascii(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("größe ✓");
        ch.Declare("größe ✓", durable: true);
    }

    public static void no_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", noWait: true);
        ch.Passive("q");
        ch.Declare("q", noWait: true, durable: true);
        ch.WaitClosed();
    }

    public static void exclusive_from_another_connection(Script s)
    {
        s.Channel().Declare("q", exclusive: true);
        Peer other = s.Connect();
        other.Channel().Declare("q", exclusive: true);
        other.Channel().Declare("q");
        other.Channel().Passive("q");
        other.Channel().Bind("q", "amq.direct", "k");
        other.Channel().Unbind("q", "amq.direct", "k");
        other.Channel().Get("q");
        other.Channel().Purge("q");
        other.Channel().Delete("q");
        other.Channel().Consume("q");
        Ch ch = other.Channel();
        ch.Confirm();
        ch.Publish("", "q", "everybody may publish", mandatory: true);
        ch.AwaitConfirms();
    }
}
