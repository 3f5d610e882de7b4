using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What is there after a stop in order and after a kill.</summary>
[OwnBrokers]
internal static class Restarts
{
    private static readonly string[] s_filled = ["q", "priorities", "held", "given-back"];

    /// <summary>RabbitMQ writes acknowledgements a little later: after a kill they may be undone.</summary>
    private static readonly string[] s_settled = ["settled", "purged"];

    public static void in_order(Script s)
    {
        Define(s.Channel());
        Fill(s.Channel());
        FillForExpiry(s.Channel());
        FillQuorum(s.Channel());
        s.Restart(downMs: 2000);
        LookAtDefinitions(s.Channel());
        LookAtMessages(s.Channel(), [.. s_filled, .. s_settled]);
        LookAtExpired(s.Channel());
        LookAtQuorum(s.Channel());
    }

    public static void after_a_kill(Script s)
    {
        Define(s.Channel());
        Fill(s.Channel());
        FillQuorum(s.Channel());
        s.KillAndRestart();
        LookAtDefinitions(s.Channel());
        Ch ch = s.Channel();
        foreach (string queue in s_filled)
        {
            ch.Passive(queue);
            ch.Muted = true;
            List<Delivery> left = [];
            while (ch.Get(queue, noAck: true) is { } got)
            {
                left.Add(got);
            }

            ch.Muted = false;
            left.ForEach(got => ch.Record($"{queue}: {Props.Print(got.RawProps)} | {got.Body}"));
        }
    }

    public static void redelivered_after_a_kill(Script s)
    {
        Fill(s.Channel());
        s.KillAndRestart();
        LookAtMessages(s.Channel(), s_filled);
    }

    private static void Define(Ch ch)
    {
        ch.Exchange("durable", "topic", durable: true, args: [("alternate-exchange", "other")]);
        ch.Exchange("other", "fanout", durable: true);
        ch.Exchange("internal", "headers", durable: true, @internal: true);
        ch.Exchange("transient", "fanout");
        ch.Exchange("auto-delete", "fanout", durable: true, autoDelete: true);
        ch.Declare("durable", durable: true, args: [("x-max-length", 5), ("x-dead-letter-exchange", "other"), ("x-max-priority", 3), ("x-unknown", "y")]);
        ch.Declare("transient");
        ch.Declare("exclusive", durable: true, exclusive: true);
        ch.Declare("auto-delete", durable: true, autoDelete: true);
        ch.Declare("auto-delete-used", durable: true, autoDelete: true);
        ch.Consume("auto-delete-used", "used");
        ch.Bind("durable", "durable", "a.#", args: [("k", 1)]);
        ch.Bind("durable", "transient", "");
        ch.Bind("durable", "auto-delete", "");
        ch.Bind("auto-delete", "other", "");
        ch.Bind("transient", "durable", "#");
        ch.BindExchange("internal", "durable", "h");
        ch.Bind("durable", "internal", "", args: [("x-match", "all"), ("n", 1)]);
    }

    private static void LookAtDefinitions(Ch ch)
    {
        foreach (string exchange in (string[])["durable", "other", "internal", "transient", "auto-delete"])
        {
            ch.Exchange(exchange, passive: true);
        }

        foreach (string queue in (string[])["durable", "transient", "exclusive", "auto-delete", "auto-delete-used"])
        {
            ch.Passive(queue);
        }

        ch.Exchange("durable", "direct", durable: true);
        ch.Exchange("durable", "topic", durable: true, args: [("alternate-exchange", "other")]);
        ch.Declare("durable", durable: true, args: [("x-max-length", 6)]);
        ch.Declare("durable", durable: true, args: [("x-max-length", 5), ("x-dead-letter-exchange", "other"), ("x-max-priority", 3)]);
        ch.Confirm();
        ch.Publish("durable", "a.b", "routed", mandatory: true);
        ch.Publish("durable", "h", "by headers", new Props { Headers = [("n", 1L)] }, mandatory: true);
        ch.Publish("durable", "nobody", "alternate", mandatory: true);
        ch.Publish("auto-delete", "", "auto-delete", mandatory: true);
        ch.AwaitConfirms();
        for (int i = 0; i < 4; i++)
        {
            ch.Get("durable");
            ch.Get("auto-delete");
        }

        ch.Unbind("durable", "auto-delete", "");
        ch.Exchange("auto-delete", passive: true);
    }

    private static void Fill(Ch ch)
    {
        ch.Declare("q", durable: true);
        ch.Declare("priorities", durable: true, args: [("x-max-priority", 5)]);
        ch.Declare("held", durable: true);
        ch.Declare("given-back", durable: true);
        ch.Declare("settled", durable: true);
        ch.Declare("purged", durable: true);
        ch.Confirm();
        for (int i = 0; i < 6; i++)
        {
            ch.Publish("", "q", $"{i}", new Props { DeliveryMode = (byte)(i % 3 == 1 ? 1 : 2), Headers = [("i", i), ("t", new object?[] { 1L, "x", null })], Priority = 1, Timestamp = 5, ContentType = "text/plain" });
            ch.Publish("", "priorities", $"{i}", new Props { DeliveryMode = 2, Priority = (byte)(i % 3) });
        }

        foreach (string queue in (string[])["held", "given-back", .. s_settled])
        {
            for (int i = 0; i < 3; i++)
            {
                ch.Publish("", queue, $"{queue} {i}", new Props { DeliveryMode = 2 });
            }
        }

        ch.AwaitConfirms();
        ch.Get("held");
        ulong back = ch.Get("given-back")!.Tag;
        ch.Nack(back);
        ulong settled = ch.Get("settled")!.Tag;
        ch.Ack(settled);
        ch.Purge("purged");
        ch.AwaitReady("given-back", 3);
        Ch tx = ch.Peer.Channel();
        tx.TxSelect();
        tx.Publish("", "q", "committed", new Props { DeliveryMode = 2 });
        tx.Commit();
        tx.Publish("", "q", "not committed", new Props { DeliveryMode = 2 });
        tx.Get("held");
        tx.Sync();
    }

    private static void LookAtMessages(Ch ch, string[] queues)
    {
        foreach (string queue in queues)
        {
            while (ch.Get(queue, noAck: true) is not null)
            {
            }
        }
    }

    private static void FillForExpiry(Ch ch)
    {
        ch.Declare("expired", durable: true);
        foreach ((string queue, int ttl) in ((string, int)[])[("short", 1500), ("long", 3600000)])
        {
            ch.Declare(queue, durable: true, args: [("x-message-ttl", ttl), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "expired")]);
        }

        ch.Confirm();
        ch.Publish("", "short", "1", new Props { DeliveryMode = 2 });
        ch.Publish("", "long", "2", new Props { DeliveryMode = 2, Expiration = "3000000" });
        ch.AwaitConfirms();
    }

    private static void LookAtExpired(Ch ch)
    {
        ch.GetWhenThere("expired");
        ch.Get("short");
        ch.Get("long");
    }

    private static void FillQuorum(Ch ch)
    {
        ch.Declare("limited", durable: true);
        ch.Declare("quorum", durable: true, args: [("x-queue-type", "quorum"), ("x-delivery-limit", 3), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "limited")]);
        ch.Confirm();
        ch.Publish("", "quorum", "1", new Props { DeliveryMode = 2 });
        ch.AwaitConfirms();
        ch.Consume("quorum");
        ch.Take();
        ch.Nack(1);
        ch.Take();
        ch.Nack(2);
        ch.Take();
    }

    private static void LookAtQuorum(Ch ch)
    {
        ch.Passive("quorum");
        ch.Consume("quorum");
        foreach (Delivery delivery in ch.Take())
        {
            ch.Nack(delivery.Tag);
        }

        ch.GetWhenThere("limited");
    }
}
