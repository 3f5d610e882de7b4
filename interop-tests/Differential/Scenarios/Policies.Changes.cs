using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <content>What a policy that is put, changed or deleted does to what is there already.</content>
internal static partial class Policies
{
    public static void length_put_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        Fill(ch, "q", 5);
        Put(s, "\"max-length\": 3, \"dead-letter-exchange\": \"\", \"dead-letter-routing-key\": \"{dead}\"");
        Take(ch, "dead", 2);
        Put(s, "\"max-length\": 1");
        ch.AwaitReady("q", 1);
        ch.Get("dead");
        Delete(s);
        ch.PublishTo("q", "6", "7");
        ch.AwaitConfirms();
        Drain(ch, "q");
    }

    public static void length_raised_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 9)]);
        Put(s, "\"max-length\": 2");
        ch.Confirm();
        ch.PublishTo("q", "1", "2", "3");
        ch.AwaitConfirms();
        Put(s, "\"max-length\": 4");
        ch.PublishTo("q", "4", "5", "6");
        ch.AwaitConfirms();
        Drain(ch, "q");
        Delete(s);
    }

    public static void bytes_put_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch, "q", 5);
        Put(s, "\"max-length-bytes\": 3");
        ch.AwaitReady("q", 3);
        Drain(ch, "q");
        Delete(s);
    }

    public static void length_with_reject_publish_put_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch, "q", 4);
        Put(s, "\"max-length\": 2, \"overflow\": \"reject-publish\"");
        ch.PublishTo("q", "5");
        ch.AwaitConfirms();
        Drain(ch, "q");
        Delete(s);
    }

    public static void overflow_changed_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"max-length\": 2, \"overflow\": \"reject-publish\"");
        ch.Confirm();
        foreach (string body in (string[])["1", "2", "3"])
        {
            ch.PublishTo("q", body);
            ch.AwaitConfirms();
        }

        Put(s, "\"max-length\": 2, \"overflow\": \"drop-head\"");
        ch.PublishTo("q", "4");
        ch.AwaitConfirms();
        Drain(ch, "q");
        Delete(s);
    }

    public static void ttl_put_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        Fill(ch, "q", 2);
        Put(s, "\"message-ttl\": 100");
        s.Pass(400);
        Drain(ch, "q");
        ch.PublishTo("q", "later");
        ch.AwaitConfirms();
        ch.AwaitReady("q", 0);
        Delete(s);
    }

    public static void ttl_changed_and_deleted_while_messages_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"message-ttl\": 4000");
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        Put(s, "\"message-ttl\": 100");
        s.Pass(300);
        ch.AwaitReady("q", 1);
        Delete(s);
        ch.PublishTo("q", "2");
        ch.AwaitConfirms();
        ch.AwaitReady("q", 1);
        Drain(ch, "q");
    }

    public static void expires_put_changed_and_deleted(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Declare("r");
        Put(s, "\"expires\": 4000");
        Put(s, "\"expires\": 4000", "r");
        s.Pass(2000);
        Put(s, "\"expires\": 4000, \"max-length\": 5");
        Delete(s, "r");
        s.Pass(3000);
        s.Http("GET", "/api/queues/%2F/{q}", show: ["name"]);
        s.Pass(2500);
        ch.Passive("r");
        Delete(s);
        ch.Passive("q");
    }

    public static void expires_is_not_renewed_by_the_same_policy_or_by_others(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        Put(s, "\"expires\": 3000");
        s.Pass(1500);
        Put(s, "\"expires\": 3000");
        Put(s, "\"expires\": 60000", "r");
        s.Pass(2200);
        Delete(s);
        Delete(s, "r");
        ch.Passive("q");
    }

    public static void a_consumer_holds_a_queue_whose_policy_expires_it(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Consume("q");
        Put(s, "\"expires\": 200");
        s.Pass(500);
        ch.Passive("q");
        ch.Cancel();
        s.Pass(1500);
        Delete(s);
        ch.Passive("q");
    }

    public static void dead_letters_appear_change_and_end(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead1");
        ch.Declare("dead2");
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.AwaitReady("q", 3);
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
        Put(s, "\"dead-letter-exchange\": \"\", \"dead-letter-routing-key\": \"{dead1}\"");
        ch.Reject(1, requeue: false);
        Take(ch, "dead1", 1);
        Put(s, "\"dead-letter-exchange\": \"\", \"dead-letter-routing-key\": \"{dead2}\"");
        ch.Reject(2, requeue: false);
        Take(ch, "dead2", 1);
        Delete(s);
        ch.Reject(3, requeue: false);
        ch.Quiet("q");
        ch.Get("dead1");
        ch.Get("dead2");
    }

    public static void alternate_exchange_appears_changes_and_ends(Script s)
    {
        Ch ch = s.Channel();
        ch.Exchange("x");
        ch.Exchange("own", args: [("alternate-exchange", s["b"])]);
        ch.Exchange("a", "fanout");
        ch.Exchange("b", "fanout");
        ch.Declare("qa");
        ch.Declare("qb");
        ch.Bind("qa", "a", "");
        ch.Bind("qb", "b", "");
        ch.Confirm();
        ch.Publish("x", "k", "1", mandatory: true);
        ch.AwaitConfirms();
        Put(s, "\"alternate-exchange\": \"{a}\"", "x");
        Put(s, "\"alternate-exchange\": \"{a}\"", "own");
        ch.Publish("x", "k", "2", mandatory: true);
        ch.Publish("own", "k", "3", mandatory: true);
        ch.AwaitConfirms();
        Put(s, "\"alternate-exchange\": \"{b}\"", "x");
        ch.Publish("x", "k", "4", mandatory: true);
        ch.AwaitConfirms();
        Delete(s, "x");
        Delete(s, "own");
        ch.Publish("x", "k", "5", mandatory: true);
        ch.AwaitConfirms();
        Drain(ch, "qa");
        Drain(ch, "qb");
    }
}
