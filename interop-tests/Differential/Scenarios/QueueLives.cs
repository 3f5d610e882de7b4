using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>queue.delete, queue.purge, and what goes with its consumers, its connection, its time.</summary>
internal static class QueueLives
{
    public static void delete_missing(Script s)
    {
        Ch ch = s.Channel();
        ch.Delete("missing");
        ch.Delete("missing", ifUnused: true, ifEmpty: true);
        ch.Purge("missing");
    }

    public static void delete_counts_ready(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Get("q");
        ch.Delete("q");
        ch.Ack(1);
        ch.Declare("q");
    }

    public static void delete_if_empty(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.Delete("q", ifEmpty: true);
        ch.Get("q");
        ch.Delete("q", ifEmpty: true);
        ch.Passive("q");
    }

    public static void delete_if_unused(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Ch other = s.Channel();
        other.Consume("q");
        ch.Delete("q", ifUnused: true);
        ch.PublishTo("q", "1");
        other.Take();
        ch.Delete("q", ifUnused: true, ifEmpty: true);
        other.Cancel();
        ch.Delete("q", ifUnused: true);
    }

    public static void delete_if_unused_and_if_empty_both_wrong(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Ch other = s.Channel();
        other.Qos(1);
        other.Consume("q");
        ch.PublishTo("q", "1", "2");
        other.Take();
        ch.Delete("q", ifUnused: true, ifEmpty: true);
        ch.Passive("q");
    }

    public static void delete_cancels_consumers(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Ch other = s.Channel();
        other.Consume("q", "first");
        ch.Delete("q");
        other.AwaitMethod("basic.cancel");
        other.Cancel("first");
        ch.Consume("q");
    }

    public static void delete_cancels_the_own_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "own");
        ch.Delete("q", noWait: true);
        ch.AwaitMethod("basic.cancel");
    }

    public static void delete_says_nothing_to_clients_that_do_not_know_cancel(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Ch other = s.Connect(clientProperties: []).Channel();
        other.Consume("q", "first");
        ch.Delete("q");
        other.Sync();
        other.Passive("q");
    }

    public static void ack_after_delete(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
        ch.Delete("q");
        ch.Nack(1);
        ch.Ack(2);
        ch.Sync();
        ch.Ack(2);
        ch.WaitClosed();
    }

    public static void purge_takes_ready_only(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.Get("q");
        ch.Purge("q");
        ch.Passive("q");
        ch.Nack(1);
        ch.Get("q");
    }

    public static void purge_does_not_dead_letter(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.PublishTo("q", "1");
        ch.Purge("q");
        ch.PublishTo("q", "2");
        ch.Delete("q");
        ch.Quiet("dead");
        ch.Passive("dead");
    }

    public static void auto_delete_with_the_last_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        ch.Consume("q", "1");
        ch.Consume("q", "2");
        ch.Cancel("1");
        ch.Passive("q");
        ch.Cancel("2");
        ch.Passive("q");
    }

    public static void auto_delete_never_consumed_stays(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.Close();
        ch.Passive("q");
    }

    public static void auto_delete_when_the_channel_closes(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        Ch other = ch.Peer.Channel();
        other.Consume("q");
        other.Close();
        ch.Passive("q");
    }

    public static void auto_delete_when_the_channel_fails(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        Ch other = ch.Peer.Channel();
        other.Consume("q");
        other.Passive("missing");
        ch.Passive("q");
    }

    public static void auto_delete_when_the_connection_closes(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        Peer other = s.Connect();
        other.Channel().Consume("q");
        other.Close();
        ch.Passive("q");
    }

    public static void auto_delete_with_unacked_messages(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", autoDelete: true);
        ch.PublishTo("q", "1");
        ch.Consume("q");
        ch.Take();
        ch.Cancel();
        ch.Nack(1);
        ch.Passive("q");
    }

    public static void exclusive_goes_with_its_connection(Script s)
    {
        Peer owner = s.Connect();
        owner.Channel().Declare("q", exclusive: true);
        owner[1].PublishTo("q", "1");
        owner.Close();
        Ch ch = s.Channel();
        ch.Passive("q");
        ch.Declare("q", exclusive: true);
    }

    public static void exclusive_stays_with_its_channel_closed(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", exclusive: true);
        ch.Close();
        ch.Passive("q");
    }

    public static void exclusive_auto_delete(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", exclusive: true, autoDelete: true);
        ch.Consume("q");
        ch.Cancel();
        ch.Declare("q", exclusive: true);
    }

    public static void connection_closed_returns_unacked(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.AwaitReady("q", 3);
        Peer other = s.Connect();
        other.Channel().Get("q");
        other[1].Get("q");
        other.Close();
        ch.Passive("q");
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
    }

    public static void connection_dropped_returns_unacked(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.AwaitReady("q", 2);
        Peer other = s.Connect();
        other.Channel().Get("q");
        other.Drop();
        ch.AwaitReady("q", 2);
        ch.Get("q");
    }

    public static void expires_when_unused(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-expires", 200)]);
        ch.Declare("dead");
        ch.PublishTo("q", "1");
        s.Pass(600);
        ch.Passive("q");
    }

    public static void expires_not_while_consumed(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-expires", 200)]);
        ch.Consume("q");
        s.Pass(500);
        ch.Passive("q");
        ch.Cancel();
        s.Pass(600);
        ch.Passive("q");
    }

    public static void expires_renewed_by_get_and_declare(Script s)
    {
        Ch ch = s.Channel();
        (string, object?)[] args = [("x-expires", 600)];
        ch.Declare("q", args: args);
        for (int i = 0; i < 2; i++)
        {
            s.Pass(350);
            ch.Get("q");
            s.Pass(350);
            ch.Declare("q", args: args);
            s.Pass(350);
            ch.Passive("q");
        }

        s.Pass(1200);
        ch.Passive("q");
    }
}
