using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Where brokers go wrong most easily, as far as no other group shows it.</summary>
internal static class Pitfalls
{
    public static void raised_channel_limit_delivers_at_once(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch);
        ch.Qos(1, global: true);
        ch.Consume("q");
        ch.Take(1);
        ch.Qos(3, global: true);
        ch.Take(2);
        ch.Quiet("q");
        ch.Qos(0, global: true);
        ch.Take(2);
    }

    public static void limit_is_for_consumers_that_come_later(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch);
        ch.Qos(1);
        ch.Consume("q", "one");
        ch.Take(1);
        ch.Qos(3);
        ch.Quiet("q");
        ch.Consume("q", "three");
        ch.Take(3);
        ch.Quiet("q");
        ch.Qos(0);
        ch.Ack(4, multiple: true);
        ch.Take(1);
    }

    public static void requeued_goes_on_with_its_time(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-message-ttl", 1500), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        s.Pass(800);
        ch.Nack(1);
        ch.GetWhenThere("q", noAck: false);
        ch.Nack(2);
        s.Pass(900);
        ch.Get("q");
        ch.GetWhenThere("dead");
    }

    public static void delete_without_answer_cancels_the_own_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q");
        ch.Delete("q", noWait: true);
        ch.AwaitMethod("basic.cancel");
        ch.Cancel();
    }

    public static void channel_numbers_used_again_at_once(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        for (int i = 0; i < 300; i++)
        {
            ch.Muted = i is > 0 and < 299;
            ch.Get("q");
            ch.Close();
            ch.Open();
            ch.Sync();
        }

        ch.GetWhenThere("q");
    }

    public static void large_body(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        ch.PublishTo("q", new string('x', 15_000_000));
        ch.AwaitConfirms();
        ch.Get("q", noAck: true);
    }

    public static void silence_beyond_the_heartbeat(Script s)
    {
        Peer peer = s.Raw();
        peer.Control.IsStartMuted = true;
        peer.Header();
        peer.Start(Peer.FullProperties);
        peer.TuneOk(heartbeat: 1);
        peer.Open("/");
        peer.Control.Record("(silent from here)");
        peer.WaitClosed();
    }

    public static void ready_counts_are_right_after_a_confirm(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        for (int i = 0; i < 20; i++)
        {
            ch.PublishTo("q", $"{i}");
            ch.AwaitConfirms();
            ch.Passive("q");
        }
    }

    public static void requeue_after_a_nack_of_many(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch);
        for (int i = 0; i < 4; i++)
        {
            ch.Get("q");
        }

        ch.Ack(2);
        ch.Nack(3, multiple: true);
        ch.AwaitReady("q", 3);
        for (int i = 0; i < 4; i++)
        {
            ch.Get("q", noAck: true);
        }
    }

    public static void long_match_mode(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Bind("q", "amq.headers", "", args: [("x-match", string.Concat(Enumerable.Repeat("some words ", 12)))]);
    }

    public static void long_terms_in_reply_texts(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("", "q", "1", new Props { Expiration = "10" + string.Concat(Enumerable.Repeat(" some words", 9)) });
        ch.WaitClosed();
    }

    private static void Fill(Ch ch)
    {
        ch.Declare("q");
        ch.Confirm();
        ch.PublishTo("q", "1", "2", "3", "4", "5");
        ch.AwaitConfirms();
    }
}
