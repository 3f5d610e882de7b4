using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>basic.ack, basic.nack, basic.reject, basic.recover, and where messages go that come back.</summary>
internal static class Settling
{
    public static void unknown_tags(Script s)
    {
        Ch ch = s.Channel();
        ch.Ack(1);
        ch.WaitClosed();
        ch.Nack(1);
        ch.WaitClosed();
        ch.Reject(1);
        ch.WaitClosed();
        ch.Ack(5, multiple: true);
        ch.WaitClosed();
        ch.Reject(0);
        ch.WaitClosed();
        ch.Ack(0);
        ch.WaitClosed();
    }

    public static void zero_and_multiple(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Ack(0, multiple: true);
        ch.Nack(0, multiple: true);
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
        ch.Nack(0, multiple: true);
        ch.Get("q");
        ch.Get("q");
        ch.Ack(0, multiple: true);
        ch.Get("q");
    }

    public static void ack_twice(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Ack(1);
        ch.Ack(1);
        ch.WaitClosed();
    }

    public static void ack_multiple_below_what_is_settled(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
        ch.Ack(2);
        ch.Ack(2, multiple: true);
        ch.Sync();
        ch.Ack(2, multiple: true);
        ch.WaitClosed();
        ch.AwaitReady("q", 1);
    }

    public static void ack_multiple_beyond(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
        ch.Ack(3, multiple: true);
        ch.WaitClosed();
        ch.AwaitReady("q", 2);
    }

    public static void ack_of_a_no_ack_get(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Get("q", noAck: true);
        ch.Ack(1);
        ch.WaitClosed();
    }

    public static void ack_on_another_channel(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Get("q");
        Ch other = ch.Peer.Channel();
        other.Ack(1);
        other.WaitClosed();
        ch.Ack(1);
        ch.Get("q");
    }

    public static void nack_requeues_in_place(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3", "4", "5");
        for (int i = 0; i < 4; i++)
        {
            ch.Get("q");
        }

        ch.Nack(3);
        ch.Nack(1);
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
        ch.Nack(0, multiple: true);
        for (int i = 0; i < 5; i++)
        {
            ch.Get("q");
        }
    }

    public static void reject_requeues(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Reject(1);
        ch.Get("q");
        ch.Reject(2, requeue: false);
        ch.Get("q");
        ch.Get("q");
    }

    public static void reject_goes_back_to_the_same_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q");
        ch.PublishTo("q", "1");
        ch.Take();
        ch.Reject(1);
        ch.Take();
        ch.Ack(2);
    }

    public static void channel_close_requeues_in_place(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Get("q");
        ch.Get("q");
        ch.Ack(1);
        ch.Close();
        ch.AwaitReady("q", 2);
        ch.Get("q");
        ch.Get("q");
    }

    public static void channel_error_requeues(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Consume("q");
        ch.Take(3);
        ch.Passive("missing");
        ch.AwaitReady("q", 3);
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
    }

    public static void recover(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Recover();
        ch.Get("q");
        ch.Get("q");
        ch.Recover();
        ch.Get("q");
        ch.Get("q");
        ch.Ack(1);
        ch.WaitClosed();
    }

    public static void recover_to_a_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Consume("q");
        ch.Take(2);
        ch.Send(new Protocol.BasicRecoverAsync(true));
        ch.Take(2);
        ch.Ack(4, multiple: true);
        ch.Quiet("q");
    }

    public static void recover_without_requeue(Script s)
    {
        Ch ch = s.Channel();
        ch.Recover(requeue: false);
        ch.Peer.WaitClosed();
    }

    public static void recover_async_without_requeue(Script s)
    {
        Ch ch = s.Channel();
        ch.Send(new Protocol.BasicRecoverAsync(false));
        ch.Peer.WaitClosed();
    }

    public static void requeue_and_max_length(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-length", 2), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
        ch.PublishTo("q", "3", "4");
        ch.AwaitReady("q", 2);
        ch.Nack(1);
        ch.Nack(2);
        ch.Quiet("q");
        ch.Get("q");
        ch.PublishTo("q", "5");
        ch.Quiet("q");
        ch.Get("q", noAck: true);
        ch.Get("q", noAck: true);
        ch.Get("q", noAck: true);
        ch.Get("q", noAck: true);
        ch.AwaitReady("dead", 2);
        ch.Get("dead");
        ch.Get("dead");
    }

    public static void redelivered_stays_true(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Nack(1);
        ch.Get("q");
        ch.Nack(2);
        s.Channel().Get("q");
    }
    public static void recover_of_several_consumers(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "b");
        ch.Consume("q", "a");
        ch.Confirm();
        ch.PublishTo("q", "1", "2", "3");
        ch.AwaitConfirms();
        ch.Take(3);
        ch.Recover();
        ch.Take(3);
    }

}
