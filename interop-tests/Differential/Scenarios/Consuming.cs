using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>basic.get, basic.consume, basic.cancel, basic.qos.</summary>
internal static class Consuming
{
    public static void get(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Get("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Get("q");
        ch.Get("q", noAck: true);
        ch.Get("q");
        ch.Get("q");
        ch.Get("missing");
    }

    public static void get_on_another_channel_numbers_anew(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Peer.Channel().Get("q");
    }

    public static void get_does_not_count_against_prefetch(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4");
        ch.Get("q");
        ch.Qos(1);
        ch.Consume("q");
        ch.Take();
        ch.Ack(1);
        ch.Quiet("q");
        ch.Ack(2);
        ch.Take();
    }

    public static void get_does_not_count_against_the_channel_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4");
        ch.Get("q");
        ch.Qos(1, global: true);
        ch.Consume("q");
        ch.Take();
        ch.Ack(1);
        ch.Quiet("q");
        ch.Ack(2);
        ch.Take();
        ch.Get("q");
    }

    public static void consume(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Consume("q", "tag");
        ch.Take(2);
        ch.PublishTo("q", "3");
        ch.Take();
        ch.Ack(3, multiple: true);
        ch.Cancel("tag");
        ch.PublishTo("q", "4");
        ch.Get("q");
    }

    public static void consume_server_named(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "");
        ch.PublishTo("q", "1");
        ch.Take();
        ch.Consume("q", "");
    }

    public static void consume_missing(Script s) => s.Channel().Consume("missing");

    public static void consume_with_a_tag_in_use(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "tag");
        ch.Peer.Channel().Consume("q", "tag");
        ch.Consume("q", "tag");
        ch.Peer.WaitClosed();
    }

    public static void consume_with_a_tag_in_use_of_a_missing_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "tag");
        ch.Consume("missing", "tag");
        ch.Peer.WaitClosed();
    }

    public static void consume_with_a_tag_used_before(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "tag");
        ch.Cancel("tag");
        ch.Consume("q", "tag");
    }

    public static void consume_no_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "tag", noWait: true);
        ch.PublishTo("q", "1");
        ch.Take();
        ch.Send(new Protocol.BasicCancel(Protocol.ShortString.FromString("tag"), true));
        ch.AwaitConsumers("q", 0);
        ch.Consume("missing", noWait: true);
        ch.WaitClosed();
    }

    public static void exclusive_consumer_keeps_others_out(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "1", exclusive: true);
        Ch other = s.Channel();
        other.Consume("q", "2");
        other.Consume("q", "2", exclusive: true);
        other.Get("q");
        ch.Cancel("1");
        other.Consume("q", "2");
    }

    public static void exclusive_consumer_comes_too_late(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "1");
        ch.Consume("q", "2", exclusive: true);
    }

    public static void cancel_unknown(Script s) => s.Channel().Cancel("unknown");

    public static void cancel_keeps_unacked(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Consume("q");
        ch.Take(2);
        ch.Cancel();
        ch.Ack(1);
        ch.Passive("q");
        ch.Close();
        ch.AwaitReady("q", 1);
        ch.Get("q");
    }

    public static void no_local_is_ignored(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", noLocal: true);
        ch.PublishTo("q", "1");
        ch.Take();
    }

    public static void no_ack(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Qos(1);
        ch.Consume("q", noAck: true);
        ch.PublishTo("q", "1", "2", "3");
        ch.Take(3);
        ch.Passive("q");
        ch.Ack(1);
        ch.WaitClosed();
    }

    public static IEnumerable<(string, Action<Script>)> priority_argument()
    {
        (string, object?)[] values =
        [
            ("int", 5), ("negative", -5), ("long", 1L << 40), ("byte", (sbyte)1), ("text", "1"), ("void", null), ("array", new object?[] { 1 }),
            ("table", new (string, object?)[] { ("a", 1) }), ("double", 1.0), ("bool", true), ("timestamp", Fields.Number('T', 1)),
        ];
        return values.Select(v => (v.Item1, (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            ch.Declare("q");
            ch.Consume("q", "c", args: [("x-priority", v.Item2)]);
        })));
    }

    public static void unknown_arguments(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "1", args: [("x-something", 1)]);
        ch.Consume("q", "2", args: [("x-cancel-on-ha-failover", true)]);
        ch.Consume("q", "3", args: [("x-cancel-on-ha-failover", "text")]);
        ch.Consume("q", "4", args: [("x-stream-offset", "first")]);
    }

    public static void higher_priority_first(Script s)
    {
        Ch low = s.Channel();
        low.Declare("q");
        low.Qos(1);
        low.Consume("q", "low");
        Ch high = s.Channel();
        high.Qos(2);
        high.Consume("q", "high", args: [("x-priority", 10)]);
        Ch publisher = s.Channel();
        publisher.PublishTo("q", "1", "2", "3", "4");
        high.Take(2);
        low.Take(1);
        high.Ack(1);
        high.Take(1);
        high.Ack(2);
        high.Passive("q"); // behind the ack, so that the queue has it before the next message
        low.Ack(1);
        publisher.PublishTo("q", "5");
        high.Take(1);
    }

    public static void round_robin(Script s)
    {
        Ch a = s.Channel();
        a.Declare("q");
        a.Consume("q", "a");
        Ch b = s.Channel();
        b.Consume("q", "b");
        Ch publisher = s.Channel();
        publisher.PublishTo("q", "1", "2", "3", "4", "5");
        a.Take(3);
        b.Take(2);
        a.Cancel("a");
        publisher.PublishTo("q", "6", "7");
        b.Take(2);
    }

    public static void prefetch_per_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4", "5", "6");
        ch.Qos(2);
        ch.Consume("q", "a");
        ch.Take(2);
        ch.Qos(1);
        ch.Consume("q", "b");
        ch.Take(1);
        ch.Quiet("q");
        ch.Ack(1);
        ch.Take(1);
        ch.Quiet("q");
        ch.Ack(3);
        ch.Take(1);
        ch.Ack(4);
        ch.Take(1);
    }

    public static void prefetch_per_channel(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4", "5", "6");
        ch.Qos(2, global: true);
        ch.Consume("q", "a");
        ch.Take(2);
        ch.Consume("q", "b");
        ch.Quiet("q");
        ch.Ack(1);
        ch.Take(1);
        ch.Quiet("q");
        ch.Qos(3, global: true);
        ch.Take(1);
        ch.Quiet("q");
        ch.Qos(0, global: true);
        ch.Take(2);
    }

    public static void both_kinds_of_prefetch(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4", "5", "6");
        ch.Qos(2);
        ch.Qos(3, global: true);
        ch.Consume("q", "a");
        ch.Take(2);
        ch.Consume("q", "b");
        ch.Take(1);
        ch.Quiet("q");
        ch.Ack(3);
        ch.Take(1);
        ch.Quiet("q");
    }

    public static void lowered_channel_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4", "5");
        ch.Qos(3, global: true);
        ch.Consume("q");
        ch.Take(3);
        ch.Qos(1, global: true);
        ch.Ack(1);
        ch.Ack(2);
        ch.Quiet("q");
        ch.Ack(3);
        ch.Take(1);
        ch.Quiet("q");
    }

    public static void full_channel_limit_stops_no_ack_consumers_too(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("a");
        ch.Declare("b");
        ch.Qos(1, global: true);
        ch.Consume("a", "manual");
        ch.PublishTo("a", "1");
        ch.Take();
        ch.Consume("b", "auto", noAck: true);
        ch.PublishTo("b", "2");
        ch.Quiet("b");
        ch.Ack(1);
        ch.Take();
    }

    public static void prefetch_size(Script s)
    {
        Ch ch = s.Channel();
        ch.Qos(0, size: 1000);
        ch.Peer.WaitClosed();
    }

    public static void delivery_while_flow_is_asked_for(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q");
        ch.Call(new Protocol.ChannelFlow(true), "channel.flow-ok");
        ch.PublishTo("q", "1");
        ch.Take();
    }

    public static void single_active_consumer(Script s)
    {
        Ch a = s.Channel();
        a.Declare("q", args: [("x-single-active-consumer", true)]);
        a.Consume("q", "a");
        Ch b = s.Channel();
        b.Consume("q", "b");
        Ch publisher = s.Channel();
        publisher.PublishTo("q", "1", "2");
        a.Take(2);
        b.Quiet("q");
        a.Ack(1);
        a.Cancel("a");
        publisher.PublishTo("q", "3");
        b.Take(1);
        a.Close();
        b.Take(1);
        publisher.Passive("q");
    }

    public static void single_active_consumer_is_cancelled(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-single-active-consumer", true)]);
        ch.Qos(1);
        ch.Consume("q", "first");
        ch.Consume("q", "second");
        ch.Confirm();
        ch.PublishTo("q", "1", "2");
        ch.AwaitConfirms();
        ch.Take();
        ch.Cancel("first");
        ch.Quiet("q");
    }

    public static void single_active_consumer_and_exclusive(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-single-active-consumer", true)]);
        ch.Consume("q", "a", exclusive: true);
        ch.Consume("q", "b");
        ch.Get("q");
    }

    public static void single_active_consumer_with_priorities(Script s)
    {
        Ch a = s.Channel();
        a.Declare("q", args: [("x-single-active-consumer", true)]);
        a.Consume("q", "a");
        Ch b = s.Channel();
        b.Consume("q", "b", args: [("x-priority", 1)]);
        Ch c = s.Channel();
        c.Consume("q", "c", args: [("x-priority", 5)]);
        Ch publisher = s.Channel();
        publisher.PublishTo("q", "1");
        a.Take(1);
        a.Cancel("a");
        publisher.PublishTo("q", "2");
        c.Take(1);
    }
}
