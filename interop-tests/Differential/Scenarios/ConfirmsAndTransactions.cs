using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Publisher confirms and transactions.</summary>
internal static class ConfirmsAndTransactions
{
    public static void confirms(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", durable: true);
        ch.PublishTo("q", "before");
        ch.Confirm();
        ch.Publish("", "q", "1", new Props { DeliveryMode = 2 });
        ch.Publish("", "q", "2");
        ch.Publish("amq.fanout", "", "3 to nobody");
        ch.AwaitConfirms();
        ch.Confirm();
        ch.PublishTo("q", "4");
        ch.AwaitConfirms();
        ch.Passive("q");
    }

    public static void returns_come_first(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        ch.Publish("", "q", "1", mandatory: true);
        ch.Publish("", "nowhere", "2", mandatory: true);
        ch.Publish("", "q", "3", mandatory: true);
        ch.Publish("amq.topic", "none", "4", mandatory: true);
        ch.AwaitConfirms();
    }

    public static void returns_before_confirm_select_ok(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("", "nowhere", "1", mandatory: true);
        ch.Confirm();
    }

    public static void confirms_and_a_deleted_queue(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Confirm();
        ch.PublishTo("q", "1", "2", "3");
        ch.Delete("q");
        ch.AwaitConfirms();
    }

    public static void confirm_no_wait(Script s)
    {
        Ch ch = s.Channel();
        ch.Send(new Protocol.ConfirmSelect(true));
        ch.Declare("q");
    }

    public static void confirm_after_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.TxSelect();
        ch.Confirm();
    }

    public static void tx_after_confirm(Script s)
    {
        Ch ch = s.Channel();
        ch.Confirm();
        ch.TxSelect();
    }

    public static void commit_without_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Commit();
        ch.Rollback();
        ch.Confirm();
        ch.Commit();
    }

    public static void select_again(Script s)
    {
        Ch ch = s.Channel();
        ch.TxSelect();
        ch.TxSelect();
        ch.Commit();
        ch.Rollback();
    }

    public static void commit_publishes(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.TxSelect();
        ch.PublishTo("q", "1", "2");
        ch.Passive("q");
        ch.Get("q");
        ch.Commit();
        ch.AwaitReady("q", 2);
        ch.PublishTo("q", "3");
        ch.Rollback();
        ch.Get("q");
        ch.Get("q");
        ch.Get("q");
    }

    public static void returns_at_commit(Script s)
    {
        Ch ch = s.Channel();
        ch.TxSelect();
        ch.Publish("", "nowhere", "1", mandatory: true);
        ch.Sync();
        ch.Commit();
    }

    public static void routing_at_commit(Script s)
    {
        Ch ch = s.Channel();
        ch.TxSelect();
        ch.Publish("", "q", "1", mandatory: true);
        ch.Declare("q");
        ch.Commit();
        ch.Get("q");
    }

    public static void routing_at_commit_after_delete(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.TxSelect();
        ch.Publish("", "q", "1", mandatory: true);
        ch.Delete("q");
        ch.Commit();
    }

    public static void bindings_of_a_transaction(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Exchange("x");
        ch.TxSelect();
        ch.Publish("x", "k", "1", mandatory: true);
        ch.Bind("q", "x", "k");
        ch.Commit();
        ch.Get("q");
    }

    public static void missing_exchange_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.TxSelect();
        ch.PublishTo("q", "1");
        ch.Publish("missing", "k", "2");
        ch.WaitClosed();
        ch.Get("q");
    }

    public static void acks_at_commit(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2", "3");
        ch.TxSelect();
        ch.Get("q");
        ch.Get("q");
        ch.Ack(1);
        ch.Nack(2);
        ch.Get("q");
        ch.Get("q");
        ch.Commit();
        ch.Get("q");
        ch.Get("q");
    }

    public static void rollback_takes_acks_back(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.TxSelect();
        ch.Get("q");
        ch.Ack(1);
        ch.Rollback();
        ch.Get("q");
        ch.Ack(1);
        ch.Commit();
        ch.Ack(1);
        ch.WaitClosed();
    }

    public static void unknown_tag_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.TxSelect();
        ch.Ack(7);
        ch.WaitClosed();
    }

    public static void ack_twice_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.TxSelect();
        ch.Get("q");
        ch.Ack(1);
        ch.Ack(1);
        ch.WaitClosed();
        ch.AwaitReady("q", 1);
    }

    public static void recover_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.TxSelect();
        ch.Get("q");
        ch.Get("q");
        ch.Ack(1);
        ch.Recover();
        ch.Get("q");
        ch.Commit();
        ch.Get("q");
    }

    public static void close_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1");
        ch.TxSelect();
        ch.Get("q");
        ch.Ack(1);
        ch.PublishTo("q", "2");
        ch.Close();
        ch.AwaitReady("q", 1);
        ch.Get("q");
    }

    public static void prefetch_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.PublishTo("q", "1", "2");
        ch.TxSelect();
        ch.Qos(1);
        ch.Consume("q");
        ch.Take(1);
        ch.Ack(1);
        ch.Quiet("q");
        ch.Commit();
        ch.Take(1);
    }

    public static void expiration_in_tx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.TxSelect();
        ch.Publish("", "q", "1", new Props { Expiration = "bad" });
        ch.WaitClosed();
    }

    public static void reject_publish(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1), ("x-overflow", "reject-publish")]);
        ch.Confirm();
        foreach (string body in (string[])["1", "2", "3"])
        {
            ch.PublishTo("q", body);
            ch.AwaitConfirms();
        }

        ch.Get("q", noAck: true);
        ch.Get("q");
        ch.PublishTo("q", "4");
        ch.AwaitConfirms();
    }

    public static void reject_publish_of_one_of_two(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("full", args: [("x-max-length", 0), ("x-overflow", "reject-publish")]);
        ch.Declare("free");
        ch.Exchange("x", "fanout");
        ch.Bind("full", "x", "");
        ch.Bind("free", "x", "");
        ch.Confirm();
        ch.Publish("x", "", "1", mandatory: true);
        ch.AwaitConfirms();
        ch.Get("free");
        ch.Get("full");
    }

    public static void reject_publish_dlx(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("dead");
        ch.Declare("q", args: [("x-max-length", 1), ("x-overflow", "reject-publish-dlx"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", s["dead"])]);
        ch.Confirm();
        foreach (string body in (string[])["1", "2"])
        {
            ch.PublishTo("q", body);
            ch.AwaitConfirms();
        }

        ch.GetWhenThere("dead");
        ch.Get("q");
    }

    public static void reject_publish_without_confirms(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 1), ("x-overflow", "reject-publish")]);
        ch.PublishTo("q", "1", "2");
        ch.Get("q");
        ch.Get("q");
    }

    public static void reject_publish_with_a_consumer(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q", args: [("x-max-length", 0), ("x-overflow", "reject-publish")]);
        ch.Consume("q");
        ch.Confirm();
        ch.PublishTo("q", "1");
        ch.AwaitConfirms();
        ch.Quiet("q");
    }
}
