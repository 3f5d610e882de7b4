using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What connections notice of a disk alarm.</summary>
[OwnBrokers]
internal static class Alarms
{
    /// <summary>Everything but <c>connection.blocked</c>.</summary>
    private static readonly (string, object?)[] s_cannotBeTold =
        [("capabilities", new (string, object?)[] { ("publisher_confirms", true), ("basic.nack", true), ("consumer_cancel_notify", true) })];

    public static void disk(Script s)
    {
        Peer publisher = s.Connect("publisher");
        Ch ch = publisher.Channel();
        Ch second = publisher.Channel();
        Ch untold = s.Connect("untold", s_cannotBeTold).Channel();
        Ch consumer = s.Connect("consumer").Channel();
        Ch idle = s.Connect("idle").Channel();
        foreach (string queue in (string[])["q", "held", "untold", "late", "empty"])
        {
            ch.Declare(queue);
        }

        ch.Confirm();
        untold.Confirm();
        ch.PublishTo("q", "1", "2", "3", "4");
        ch.AwaitConfirms();
        consumer.Qos(1);
        consumer.Consume("q");
        Delivery first = consumer.Take()[0];

        s.RaiseDiskAlarm();
        ch.Sync();
        untold.Sync();
        idle.Sync();
        ch.Get("held");
        second.Declare("new");
        ch.Publish("", "held", "held");
        publisher.Control.AwaitMethod("connection.blocked");
        second.Send(new BasicQos(0, 7, false));
        untold.Publish("", "untold", "held");
        untold.Send(new BasicQos(0, 7, false));

        consumer.Ack(first.Tag);
        Delivery next = consumer.Take()[0];
        consumer.Nack(next.Tag);
        next = consumer.Take()[0];
        consumer.Ack(next.Tag);
        consumer.Take();
        idle.Declare("of-idle");
        consumer.Passive("held");
        consumer.Passive("untold");

        Peer late = s.Connect("late");
        Ch lateChannel = late.Channel();
        lateChannel.Confirm();
        lateChannel.Publish("", "late", "held");
        late.Control.AwaitMethod("connection.blocked");
        Peer empty = s.Connect("empty");
        Ch emptyChannel = empty.Channel();
        emptyChannel.Publish("", "empty", "");
        empty.Control.AwaitMethod("connection.blocked");
        consumer.AwaitReady("empty", 1);
        consumer.Passive("late");

        s.ClearDiskAlarm();
        publisher.Control.AwaitMethod("connection.unblocked");
        second.Await("basic.qos-ok");
        ch.AwaitConfirms();
        untold.Await("basic.qos-ok");
        untold.AwaitConfirms();
        late.Control.AwaitMethod("connection.unblocked");
        lateChannel.AwaitConfirms();
        empty.Control.AwaitMethod("connection.unblocked");
        ch.Get("held", noAck: true);
        untold.Get("untold", noAck: true);
        lateChannel.GetWhenThere("late");

        // Once more: what was told once is told again.
        s.RaiseDiskAlarm();
        ch.Sync();
        ch.Publish("", "held", "again");
        publisher.Control.AwaitMethod("connection.blocked");
        s.ClearDiskAlarm();
        publisher.Control.AwaitMethod("connection.unblocked");
        ch.AwaitConfirms();
        idle.Sync();
    }
}
