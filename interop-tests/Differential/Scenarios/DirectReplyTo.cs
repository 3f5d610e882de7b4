using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Direct reply-to.</summary>
internal static class DirectReplyTo
{
    private const string Pseudo = "amq.rabbitmq.reply-to";

    public static void round_trip(Script s)
    {
        Ch client = s.Channel();
        client.Consume(Pseudo, "replies", noAck: true);
        Ch server = s.Channel();
        server.Declare("q");
        client.Publish("", "q", "request", new Props { ReplyTo = Pseudo, CorrelationId = "1" });
        string replyTo = server.GetWhenThere("q")!.ReplyTo;
        server.Declare(replyTo);
        server.Passive(replyTo);
        server.Publish("", replyTo, "reply", new Props { CorrelationId = "1" });
        client.Take();
    }

    public static void mandatory_reply(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.Confirm();
        server.Publish("", replyTo, "reply", mandatory: true);
        server.AwaitConfirms();
        client.Take();
    }

    public static void mandatory_reply_without_confirms(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.Publish("", replyTo, "reply", mandatory: true);
        client.Take();
    }

    public static void reply_rolled_back(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.TxSelect();
        server.Publish("", replyTo, "reply");
        server.Rollback();
        client.Sync();
    }

    public static void name_looked_for_is_the_queue_last_declared(Script s)
    {
        (_, Ch server, string replyTo) = Request(s);
        server.Passive(replyTo);
        server.Bind("", "missing", "k");
        server.Open().Passive(replyTo);
        server.Exchange("there", "direct");
        server.Bind("", "there", "k");
    }

    public static void reply_to_who_is_gone(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        client.Close();
        server.Confirm();
        server.Publish("", replyTo, "reply", mandatory: true);
        server.AwaitConfirms();
        server.Passive(replyTo);
        server.Declare(replyTo);
    }

    public static void reply_after_cancel(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        client.Cancel("replies");
        server.Confirm();
        server.Publish("", replyTo, "reply", mandatory: true);
        server.AwaitConfirms();
        client.Sync();
        server.Passive(replyTo);
    }

    public static void reply_to_a_made_up_name(Script s)
    {
        Ch ch = s.Channel();
        ch.Confirm();
        ch.Publish("", Pseudo + ".made-up", "1", mandatory: true);
        ch.Publish("", Pseudo, "2", mandatory: true);
        ch.AwaitConfirms();
        ch.Passive(Pseudo + ".made-up");
        ch.Declare(Pseudo + ".made-up");
        ch.Passive(Pseudo);
        ch.Declare(Pseudo);
    }

    public static void request_without_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("", "nowhere", "1", new Props { ReplyTo = Pseudo });
        ch.WaitClosed();
        ch.Publish("", "nowhere", "1", new Props { ReplyTo = Pseudo, UserId = "other", Expiration = "bad" });
        ch.WaitClosed();
    }

    public static void consumer_with_acks(Script s) => s.Channel().Consume(Pseudo);

    public static void second_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Consume(Pseudo, "2", noAck: true);
    }

    public static void second_consumer_of_the_same_tag(Script s)
    {
        Ch ch = s.Channel();
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Peer.WaitClosed();
    }

    public static void consumer_again_after_cancel(Script s)
    {
        Ch ch = s.Channel();
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Cancel("1");
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Cancel("1");
        ch.Publish("", "nowhere", "1", new Props { ReplyTo = Pseudo });
        ch.WaitClosed();
    }

    public static void server_named_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Consume(Pseudo, "", noAck: true);
    }

    public static void other_operations(Script s)
    {
        Ch ch = s.Channel();
        ch.Bind(Pseudo, "amq.direct", "k");
        ch.Unbind(Pseudo, "amq.direct", "k");
        ch.Bind(Pseudo + ".x", "amq.direct", "k");
        ch.Delete(Pseudo);
        ch.Delete(Pseudo + ".x");
        ch.Purge(Pseudo);
        ch.Get(Pseudo);
        ch.Get(Pseudo + ".x");
        ch.Consume(Pseudo + ".x", noAck: true);
    }

    public static void returned_request_shows_the_name(Script s)
    {
        Ch ch = s.Channel();
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Publish("", "nowhere", "1", new Props { ReplyTo = Pseudo }, mandatory: true);
        ch.AwaitReturns(1);
    }

    public static void reply_with_cc(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.Declare("copy");
        server.Publish("", replyTo, "reply", new Props { Headers = [("CC", new object?[] { s["copy"] })] });
        client.Take();
        server.Get("copy");
    }

    public static void replies_in_a_transaction(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.TxSelect();
        server.Publish("", replyTo, "reply");
        server.Commit();
        client.Take();
    }

    public static void delivery_tags_of_replies(Script s)
    {
        (Ch client, Ch server, string replyTo) = Request(s);
        server.Publish("", replyTo, "1");
        server.Publish("", replyTo, "2");
        client.Take(2);
        client.Publish("", "q", "3");
        client.GetWhenThere("q");
    }

    public static void name_looked_for_on_its_own_channel(Script s)
    {
        (Ch client, _, string replyTo) = Request(s);
        client.Passive(replyTo);
    }

    public static void consumer_of_the_same_tag(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Consume("q", "1");
    }

    public static void second_consumer_of_the_tag_of_another(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q", "1");
        ch.Consume(Pseudo, "1", noAck: true);
        ch.Peer.WaitClosed();
    }

    private static (Ch, Ch, string) Request(Script s)
    {
        Ch client = s.Channel();
        client.Consume(Pseudo, "replies", noAck: true);
        Ch server = s.Channel();
        server.Declare("q");
        client.Publish("", "q", "request", new Props { ReplyTo = Pseudo });
        return (client, server, server.GetWhenThere("q")!.ReplyTo);
    }
}
