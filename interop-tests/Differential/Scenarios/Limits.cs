using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>TTL, length limits, priorities and what they do with the messages they end.</summary>
internal static class Limits
{
    public static void message_ttl(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-message-ttl", 500)]);
        ch.PublishTo("q", "1", "2");
        ch.AwaitReady("q", 2);
        ch.AwaitReady("q", 0);
        ch.Get("q");
    }

    public static void expiration(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props { Expiration = "500" });
        ch.Publish("", "q", "2");
        ch.AwaitReady("q", 2);
        ch.AwaitReady("q", 1);
        ch.Get("q");
    }

    public static void smaller_of_both(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-message-ttl", 500)]);
        ch.Publish("", "q", "1", new Props { Expiration = "100000" });
        ch.AwaitReady("q", 1);
        ch.AwaitReady("q", 0);
        ch.Declare("r", args: [("x-message-ttl", 100000)]);
        ch.Publish("", "r", "1", new Props { Expiration = "500" });
        ch.AwaitReady("r", 1);
        ch.AwaitReady("r", 0);
    }

    public static void ttl_zero_without_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-message-ttl", 0)]);
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Get("q");
        ch.Passive("q");
    }

    public static void ttl_zero_with_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-message-ttl", 0)]);
        ch.Qos(1);
        ch.Consume("q");
        ch.PublishTo("q", "1");
        ch.Take();
        ch.PublishTo("q", "2");
        ch.Quiet("q");
        ch.Ack(1);
        ch.Quiet("q");
        ch.PublishTo("q", "3");
        ch.Take();
    }

    public static void expiration_zero(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Publish("", "q", "1", new Props { Expiration = "0" });
        ch.GetWhenThere("dead");
        ch.Get("q");
    }

    public static void expired_behind_one_that_lives(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "lives");
        ch.Publish("", "q", "dies", new Props { Expiration = "400" });
        ch.AwaitReady("q", 2);
        s.Pass(700);
        ch.Passive("q");
    }

    public static void requeued_past_its_time(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-message-ttl", 150), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        s.Pass(400);
        ch.Nack(1);
        ch.GetWhenThere("dead");
        ch.Get("q");
    }

    public static void unacked_does_not_expire(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-message-ttl", 100)]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        s.Pass(300);
        ch.Ack(1);
        ch.Sync();
    }

    public static void max_length_drops_the_oldest(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 2)]);
        ch.PublishTo("q", "1", "2", "3", "4");
        ch.Get("q");
        ch.Get("q");
        ch.PublishTo("q", "5", "6", "7");
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
    }

    public static void max_length_bytes(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length-bytes", 10)]);
        ch.PublishTo("q", "12345", "67890", "x");
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
        ch.PublishTo("q", "01234567890");
        ch.Get("q");
        ch.PublishTo("q", "", "");
        ch.Get("q");
    }

    public static void given_back_over_the_limit_and_past_its_time(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-length", 1), ("x-message-ttl", 300), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Consume("q");
        ch.PublishTo("q", "1");
        ch.Take();
        ch.PublishTo("q", "2");
        ch.Take();
        s.Pass(600);
        ch.Cancel();
        ch.Nack(0, multiple: true);
        ch.GetWhenThere("dead");
        ch.GetWhenThere("dead");
    }

    public static void max_length_zero(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-length", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.GetWhenThere("dead");
        ch.Get("q");
        ch.Consume("q");
        ch.PublishTo("q", "2");
        ch.Take();
    }

    public static void max_length_and_unacked(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1)]);
        ch.PublishTo("q", "1");
        ch.Get("q");
        ch.PublishTo("q", "2");
        ch.Quiet("q");
        ch.Nack(1);
        ch.Get("q");
        ch.Get("q");
    }

    public static void priorities(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-priority", 5)]);
        foreach ((string body, byte? priority) in ((string, byte?)[])[("none", null), ("3", 3), ("0", 0), ("5", 5), ("9", 9), ("255", 255), ("1", 1), ("3b", 3)])
        {
            ch.Publish("", "q", body, new Props { Priority = priority });
        }

        while (ch.Get("q") is not null)
        {
        }

        ch.Nack(0, multiple: true);
        while (ch.Get("q") is not null)
        {
        }
    }

    public static void priorities_and_max_length(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-priority", 5), ("x-max-length", 2), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        foreach (byte priority in (byte[])[1, 5, 3, 4])
        {
            ch.Publish("", "q", $"{priority}", new Props { Priority = priority });
        }

        ch.AwaitReady("dead", 2);
        ch.Get("dead");
        ch.Get("dead");
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
    }

    public static void max_priority_zero(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-priority", 0)]);
        ch.Publish("", "q", "1", new Props { Priority = 0 });
        ch.Publish("", "q", "2", new Props { Priority = 9 });
        ch.Get("q");
        ch.Get("q");
    }

    public static void priority_without_max_priority(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props { Priority = 1 });
        ch.Publish("", "q", "9", new Props { Priority = 9 });
        ch.Get("q");
        ch.Get("q");
    }

    public static void priorities_and_ttl(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-priority", 5), ("x-message-ttl", 150), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Publish("", "q", "high", new Props { Priority = 5 });
        ch.GetWhenThere("dead");
    }
}
