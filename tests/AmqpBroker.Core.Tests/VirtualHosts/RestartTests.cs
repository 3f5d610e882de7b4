using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

public sealed class RestartTests
{
    [Fact]
    public void Durable_exchanges_queues_bindings_and_persistent_messages_survive()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "topic", durable: true);
        channel.DeclareExchange("gone", "topic");
        channel.DeclareQueue("q", durable: true);
        channel.DeclareQueue("t");
        channel.Bind("q", "x", "a.#");
        channel.Publish("a.b", "kept", exchange: "x", persistent: true);
        channel.Publish("a.b", "transient", exchange: "x");
        channel.Publish("t", "in a transient queue", persistent: true);

        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        Assert.Equal(1u, channel.Passive("q").MessageCount);
        channel.Publish("a.c", "new", exchange: "x", persistent: true);
        Received kept = channel.Get("q", noAck: true);
        Assert.Equal("kept", kept.Text);
        Assert.False(((BasicGetOk)kept.Method).Redelivered);
        Assert.Equal("new", channel.Get("q", noAck: true).Text);
        channel.Send(new QueueDeclare(TestChannel.Name("t"), true, false, false, false, false, FieldTable.Empty));
        channel.ExpectClosed(ReplyCode.NotFound);
    }

    [Fact]
    public void Acknowledged_messages_do_not_come_back_and_unacknowledged_ones_come_back_in_order_as_redelivered()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        for (int i = 0; i < 6; i++)
        {
            channel.Publish("q", $"m{i}", persistent: true);
        }

        channel.Qos(4);
        channel.Consume("q");
        Delivery[] got = [.. Enumerable.Range(0, 4).Select(_ => channel.Client.ExpectDelivery())];
        channel.Qos(1);
        channel.Ack(got[1].Tag);
        channel.Ack(got[3].Tag);

        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        string[] left = [.. Enumerable.Range(0, 4).Select(_ => channel.Get("q", noAck: true)).Select(r => $"{r.Text} {((BasicGetOk)r.Method).Redelivered}")];
        Assert.Equal(["m0 True", "m2 True", "m4 True", "m5 True"], left);
        Assert.IsType<BasicGetEmpty>(channel.Get("q").Method);
    }

    [Fact]
    public void A_mark_from_a_crash_is_kept_over_the_stops_to_come()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        channel.Publish("q", "delivered", persistent: true);
        channel.Publish("q", "never", persistent: true);
        channel.Take("q");
        using TestBroker crashed = broker.Restart();
        using TestBroker stopped = crashed.StopAndStart();
        channel = stopped.StopAndStart().Connect().OpenChannel();
        Assert.Equal([true, false], new[] { channel.Get("q"), channel.Get("q") }.Select(got => ((BasicGetOk)got.Method).Redelivered));
    }

    [Fact]
    public void What_is_over_the_limits_when_the_unacknowledged_is_ready_again_goes_at_the_start()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("dead", durable: true);
        channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-max-length=I:1000 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        for (int i = 0; i < 2100; i++)
        {
            channel.Publish("q", $"m{i}", persistent: true);
            if (i < 1100)
            {
                channel.Take("q");
            }
        }

        using TestBroker again = broker.Restart();
        again.Advance(1);
        channel = again.Connect().OpenChannel();
        Assert.Equal((1000u, 1100u), (channel.Ready("q"), channel.Ready("dead")));
        Assert.Equal("m1100", channel.Get("q").Text);
    }

    [Fact]
    public void What_was_deleted_unbound_purged_or_belonged_to_a_connection_does_not_come_back()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("deleted", "fanout", durable: true);
        channel.DeclareQueue("deleted", durable: true);
        channel.DeclareQueue("purged", durable: true);
        channel.DeclareQueue("exclusive", durable: true, exclusive: true);
        channel.Bind("purged", "amq.fanout");
        channel.Publish("purged", "m", persistent: true);
        ulong kept = channel.Take("purged");
        channel.Publish("purged", "m2", persistent: true);
        channel.Purge("purged");
        channel.Unbind("purged", "amq.fanout");
        channel.DeleteQueue("deleted");
        channel.DeleteExchange("deleted");
        Assert.NotEqual(0ul, kept);

        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        Assert.Equal(["m"], channel.Drain("purged"));
        channel.Publish("", "unbound", exchange: "amq.fanout");
        Assert.Empty(channel.Drain("purged"));
        Assert.False(channel.HasQueue("deleted"));
        Assert.False(channel.HasQueue("exclusive"));
        Assert.False(channel.HasExchange("deleted"));
    }

    [Fact]
    public void Exchanges_keep_their_bindings_arguments_and_alternates_and_queues_their_limits()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-max-length=I:1 x-max-priority=I:3"));
        channel.DeclareQueue("transient");
        channel.DeclareExchange("e1", "topic", durable: true, autoDelete: true, arguments: Fields.Table("alternate-exchange=S:amq.fanout"));
        channel.DeclareExchange("e2", "headers", durable: true, isInternal: true);
        channel.BindExchange("e2", "e1", "to.#");
        channel.Bind("q", "e2", arguments: Fields.Table("x-match=S:any h=I:1"));
        channel.Bind("q", "amq.fanout");
        channel.Bind("transient", "e1", "to.#");

        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        channel.DeclareExchange("e1", "topic", durable: true, autoDelete: true, arguments: Fields.Table("alternate-exchange=S:amq.fanout"));
        channel.DeclareExchange("e2", "headers", durable: true, isInternal: true);
        channel.Publish("to.q", "header", exchange: "e1", properties: p => p.SetHeaders(Fields.Table("h=l:1")));
        Assert.Equal(["header"], channel.Drain("q"));
        channel.Publish("elsewhere", "alternate", exchange: "e1");
        channel.Publish("elsewhere", "dropped the one before", exchange: "e1");
        Assert.Equal(["dropped the one before"], channel.Drain("q"));
        Assert.False(channel.HasQueue("transient"));
    }

    [Fact]
    public void Priorities_deadlines_and_the_place_of_returned_messages_survive()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-max-priority=I:3"));
        foreach ((string body, byte priority) in new (string, byte)[] { ("a", 0), ("b", 3), ("c", 1), ("d", 3) })
        {
            channel.Publish("q", body, persistent: true, properties: p => p.Set(BasicProperty.Priority, priority));
        }

        channel.Nack(channel.Take("q"));
        using TestBroker again = broker.Restart();
        Assert.Equal(["b", "d", "c", "a"], again.Connect().OpenChannel().Drain("q"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    public void A_checkpoint_and_the_journal_after_it_give_the_same_state(int messages)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("a", durable: true);
        channel.DeclareQueue("b", durable: true);
        channel.Bind("a", "amq.fanout");
        channel.Bind("b", "amq.fanout");
        for (int i = 0; i < messages; i++)
        {
            channel.Publish("", $"m{i}", exchange: "amq.fanout", persistent: true);
            if (i % 3 == 0)
            {
                channel.Get("a", noAck: true);
            }
        }

        using TestBroker again = broker.Restart();
        using TestBroker third = again.Restart();
        channel = third.Connect().OpenChannel();
        int taken = (messages + 2) / 3;
        Assert.Equal((uint)(messages - taken), channel.Passive("a").MessageCount);
        for (int i = 0; i < messages; i++)
        {
            Assert.Equal($"m{i}", channel.Get("b", noAck: true).Text);
            if (i >= taken)
            {
                Assert.Equal($"m{i}", channel.Get("a", noAck: true).Text);
            }
        }
    }

    [Fact]
    public void A_dead_letter_refers_to_the_body_that_is_stored_already()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("dead", durable: true);
        channel.DeclareQueue("q", durable: true, arguments: new FieldTableBuilder()
            .Append("x-dead-letter-exchange", FieldValue.FromString(""))
            .Append("x-dead-letter-routing-key", FieldValue.FromString("dead"))
            .Build());
        string body = new('b', 5000);
        channel.Publish("q", body, persistent: true);
        long before = broker.Journal.NextPosition;
        channel.Reject(((BasicGetOk)channel.Get("q").Method).DeliveryTag, requeue: false);
        Assert.InRange(broker.Journal.NextPosition - before, 1, 1000);

        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        Assert.Equal(0u, channel.Passive("q").MessageCount);
        Received dead = channel.Get("dead", noAck: true);
        Assert.Equal(body, dead.Text);
        Assert.True(dead.Headers.TryGetValue("x-death", out FieldValue deaths));
        FieldTable death = deaths.AsArray()[0].AsTable();
        Assert.True(death.TryGetValue("reason", out FieldValue reason));
        Assert.Equal("rejected", reason.AsString());
    }
}
