using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>exchange.declare and exchange.delete.</summary>
internal static class Exchanges
{
    public static void declare_again(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x");
        ch.Exchange("x", passive: true);
    }

    public static void other_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x", "fanout");
    }

    public static void other_durable(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x", durable: true);
    }

    public static void other_auto_delete(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", autoDelete: true);
        ch.Exchange("x");
    }

    public static void other_internal(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", @internal: true);
        ch.Exchange("x");
    }

    public static void everything_differs(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", args: [("alternate-exchange", "a")]);
        ch.Exchange("x", "fanout", durable: true, autoDelete: true, @internal: true, args: [("alternate-exchange", "b")]);
        ch.Exchange("x", durable: true, autoDelete: true, @internal: true, args: [("alternate-exchange", "b")]);
        ch.Exchange("x", autoDelete: true, @internal: true, args: [("alternate-exchange", "b")]);
        ch.Exchange("x", @internal: true, args: [("alternate-exchange", "b")]);
        ch.Exchange("x", args: [("alternate-exchange", "b")]);
        ch.Exchange("x");
        ch.Exchange("x", args: [("alternate-exchange", 1)]);
    }

    public static void alternate_exchange_given_later(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x", args: [("alternate-exchange", "b")]);
    }

    public static void alternate_exchange_of_other_types(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a", args: [("alternate-exchange", 1)]);
        ch.Exchange("b", args: [("alternate-exchange", true)]);
        ch.Exchange("c", args: [("alternate-exchange", null)]);
        ch.Exchange("d", args: [("alternate-exchange", new object?[] { "x" })]);
        ch.Exchange("e", args: [("alternate-exchange", "")]);
        ch.Exchange("f", args: [("alternate-exchange", new byte[] { 65 })]);
    }

    public static void other_arguments_are_not_compared(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", args: [("x-something", 1)]);
        ch.Exchange("x", args: [("x-something", 2), ("more", "text")]);
    }

    public static void passive_missing(Script s) => s.Channel().Exchange("missing", passive: true);

    public static void passive_ignores_other_fields(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x", "fanout", durable: true, autoDelete: true, @internal: true, passive: true, args: [("alternate-exchange", 5)]);
        ch.Exchange("x", "no-such-type", passive: true);
        ch.Exchange("x", "", passive: true);
    }

    public static void default_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("");
        ch.Exchange("", passive: true);
        ch.DeleteExchange("");
        ch.Exchange("", "fanout", durable: true);
    }

    public static void reserved_names(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("amq.mine");
        ch.Exchange("amq.mine", passive: true);
        ch.Exchange("amq.direct", durable: true);
        ch.Exchange("amq.direct");
        ch.Exchange("amq.topic", "topic", durable: true);
        ch.Exchange("amq.fanout", "fanout", durable: true);
        ch.Exchange("amq.headers", "headers", durable: true);
        ch.Exchange("amq.match", "headers", durable: true);
        ch.Exchange("amq.rabbitmq.trace", "topic", durable: true, @internal: true);
        ch.Exchange("amq.rabbitmq.trace", "topic", durable: true);
        ch.Exchange("amq.rabbitmq.log", passive: true);
        ch.Exchange("amq.default", passive: true);
        ch.DeleteExchange("amq.direct");
        ch.DeleteExchange("amq.nothing");
    }

    public static void unknown_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "x-unknown");
        ch.Peer.WaitClosed();
    }

    public static void empty_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", "");
        ch.Peer.WaitClosed();
    }

    public static void unknown_type_and_reserved_name(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("amq.x", "x-unknown");
        ch.Peer.WaitClosed();
    }

    public static void unknown_type_of_an_exchange_that_is_there(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("x", "x-unknown");
        ch.Peer.WaitClosed();
    }

    public static void type_in_capitals(Script s)
    {
        Ch ch = s.Channel();
        // Not "Direct": a word that RabbitMQ knows elsewhere is an "invalid" type, others are "unknown".
        ch.Exchange("x", "direcT");
        ch.Peer.WaitClosed();
    }

    public static void line_breaks_in_names(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a\r\nb");
        ch.Exchange("ab", passive: true);
        ch.Exchange("a\nb", "fanout");
        ch.Declare("q");
        ch.Bind("q", "a\rb", "k");
        ch.Publish("ab", "k", "1");
        ch.Get("q");
        ch.Publish("a\nb", "k", "2");
        ch.Sync();
        ch.Get("q");
        ch.DeleteExchange("a\n\nb");
        ch.Exchange("ab", passive: true);
    }

    public static void delete_missing(Script s) => s.Channel().DeleteExchange("missing");

    public static void delete_if_unused(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("y");
        ch.Declare("q");
        ch.Bind("q", "x", "k");
        ch.DeleteExchange("x", ifUnused: true);
        ch.BindExchange("y", "x", "k");
        ch.Unbind("q", "x", "k");
        ch.DeleteExchange("x", ifUnused: true);
        ch.DeleteExchange("y", ifUnused: true);
        ch.DeleteExchange("x", ifUnused: true);
        ch.DeleteExchange("missing", ifUnused: true);
        ch.Exchange("x", passive: true);
    }

    public static void delete_takes_bindings_along(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Declare("q");
        ch.Bind("q", "x", "k");
        ch.DeleteExchange("x");
        ch.Exchange("x");
        ch.Confirm();
        ch.Publish("x", "k", "1", mandatory: true);
        ch.AwaitConfirms();
    }

    public static void no_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", noWait: true);
        ch.Exchange("x", passive: true);
        ch.Exchange("x", "fanout", noWait: true);
        ch.WaitClosed();
    }

    public static void auto_delete_with_its_last_binding(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", autoDelete: true);
        ch.Declare("q");
        ch.Bind("q", "x", "1");
        ch.Bind("q", "x", "2");
        ch.Unbind("q", "x", "1");
        ch.Exchange("x", passive: true);
        ch.Unbind("q", "x", "2");
        ch.Exchange("x", passive: true);
    }

    public static void auto_delete_when_its_queue_goes(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", autoDelete: true);
        ch.Declare("q");
        ch.Bind("q", "x", "1");
        ch.Delete("q");
        ch.Exchange("x", passive: true);
    }

    public static void auto_delete_never_bound_stays(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", autoDelete: true);
        ch.Declare("q");
        ch.Unbind("q", "x", "1");
        ch.Exchange("x", passive: true);
    }

    public static void auto_delete_as_a_destination_stays(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", autoDelete: true);
        ch.Exchange("y");
        ch.BindExchange("x", "y", "k");
        ch.UnbindExchange("x", "y", "k");
        ch.Exchange("x", passive: true);
        ch.Exchange("y", passive: true);
    }

    public static void auto_delete_in_a_chain(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a", autoDelete: true);
        ch.Exchange("b", autoDelete: true);
        ch.Exchange("c", autoDelete: true);
        ch.BindExchange("b", "a", "k");
        ch.BindExchange("c", "b", "k");
        ch.Declare("q");
        ch.Bind("q", "c", "k");
        ch.Delete("q");
        ch.Exchange("c", passive: true);
        ch.Exchange("b", passive: true);
        ch.Exchange("a", passive: true);
    }

    public static void publish_to_a_missing_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("missing", "k", "1");
        ch.WaitClosed();
    }

    public static void publish_to_a_missing_exchange_with_confirms(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Publish("missing", "k", "2");
        ch.WaitClosed();
        ch.Get("q");
    }

    public static void publish_to_an_internal_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x", @internal: true);
        ch.Publish("x", "k", "1");
        ch.WaitClosed();
        ch.Publish("amq.rabbitmq.trace", "k", "1", mandatory: true);
        ch.WaitClosed();
    }

    public static void internal_exchange_takes_from_another(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("y", @internal: true);
        ch.BindExchange("y", "x", "k");
        ch.Declare("q");
        ch.Bind("q", "y", "k");
        ch.Publish("x", "k", "1");
        ch.Get("q");
    }

    public static void alternate_exchange(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("c", "fanout");
        ch.Exchange("b", args: [("alternate-exchange", s["c"])]);
        ch.Exchange("a", args: [("alternate-exchange", s["b"])]);
        ch.Declare("qa");
        ch.Declare("qb");
        ch.Declare("qc");
        ch.Bind("qa", "a", "1");
        ch.Bind("qb", "b", "2");
        ch.Bind("qc", "c", "");
        ch.Publish("a", "1", "one");
        ch.Publish("a", "2", "two");
        ch.Publish("a", "3", "three", mandatory: true);
        ch.Get("qa");
        ch.Get("qb");
        ch.Get("qc");
        ch.Get("qa");
        ch.Get("qb");
        ch.Get("qc");
    }

    public static void alternate_exchange_cycle_and_missing(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("a", args: [("alternate-exchange", s["b"])]);
        ch.Exchange("b", args: [("alternate-exchange", s["a"])]);
        ch.Exchange("c", args: [("alternate-exchange", s["missing"])]);
        ch.Confirm();
        ch.Publish("a", "k", "1", mandatory: true);
        ch.Publish("c", "k", "2", mandatory: true);
        ch.AwaitConfirms();
    }
}
