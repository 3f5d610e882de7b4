using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>The exchange type x-delayed-message.</summary>
public sealed class DelayedMessageTests
{
    [Fact]
    public void A_message_is_routed_when_its_delay_is_over_and_the_shortest_delay_comes_first()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        Publish(channel, "long", "I:3000");
        Publish(channel, "short", "I:1000");
        Publish(channel, "same as short", "I:1000");
        Assert.Equal(0u, channel.Ready("q"));

        broker.Advance(999);
        Assert.Equal(0u, channel.Ready("q"));
        broker.Advance(1);
        Assert.Equal(["short", "same as short"], channel.Drain("q"));
        broker.Advance(1999);
        Assert.Equal(0u, channel.Ready("q"));
        broker.Advance(1);
        Assert.Equal(["long"], channel.Drain("q"));
    }

    [Theory]
    [InlineData("b:100", 100)]
    [InlineData("B:200", 200)]
    [InlineData("s:1000", 1000)]
    [InlineData("u:50000", 50000)]
    [InlineData("i:4000000000", 4_000_000_000)]
    [InlineData("l:9007199254740992", 9_007_199_254_740_992)]
    [InlineData("S:250", 250)]
    [InlineData("d:12.9", 12)]
    public void A_delay_may_be_of_any_number_type_and_up_to_2_to_the_53(string delay, long milliseconds)
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        Publish(channel, "m", delay);
        if (milliseconds <= 4_000_000_000)
        {
            broker.Advance(milliseconds - 1);
            Assert.Equal(0u, channel.Ready("q"));
            broker.Advance(1);
            Assert.Equal(["m"], channel.Drain("q"));
        }
        else
        {
            broker.Advance(100L * 365 * 24 * 3600 * 1000);
            Assert.Equal(0u, channel.Ready("q"));
        }
    }

    [Theory]
    [InlineData("I:0")]
    [InlineData("I:-1000")]
    [InlineData("l:9007199254740993")]
    [InlineData("S:soon")]
    [InlineData("t:1")]
    [InlineData("V")]
    public void Without_a_delay_that_can_be_a_message_is_routed_at_once_as_it_is(string delay)
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        Publish(channel, "m", delay);
        Received got = channel.Get("q", noAck: true);
        Assert.Equal("m", got.Text);
        Assert.Equal(Fields.Table($"x-delay={delay}"), got.Headers);
        channel.Publish("k", "no header", exchange: "x");
        Assert.Equal(["no header"], channel.Drain("q"));
    }

    [Fact]
    public void The_delivered_header_is_negated_and_everything_else_is_as_published()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        channel.Publish("k", "m", exchange: "x", properties: p => p
            .SetHeaders(Fields.Table("z=S:last x-delay=s:1000 a=I:1"))
            .Set(BasicProperty.MessageId, ShortString.FromString("id")));
        Publish(channel, "far", "l:3000000000");
        broker.Advance(3_000_000_000);

        Received got = channel.Get("q", noAck: true);
        Assert.Equal("x k", $"{((BasicGetOk)got.Method).Exchange} {((BasicGetOk)got.Method).RoutingKey}");
        Assert.Equal(Fields.Table("a=I:1 x-delay=I:-1000 z=S:last").RawBytes.ToArray(), got.Headers.RawBytes.ToArray());
        Assert.Equal("id"u8, BasicProperties.Scan(got.Properties).MessageId);
        Assert.Equal(Fields.Table("x-delay=l:-3000000000"), channel.Get("q", noAck: true).Headers);
    }

    [Theory]
    [InlineData("direct", "k", "k", true)]
    [InlineData("direct", "k", "other", false)]
    [InlineData("topic", "a.*", "a.b", true)]
    [InlineData("topic", "a.*", "b.b", false)]
    [InlineData("fanout", "k", "other", true)]
    [InlineData("x-consistent-hash", "1", "any", true)]
    [InlineData("x-random", "k", "any", true)]
    public void A_message_is_routed_by_the_rules_of_the_delayed_type(string type, string binding, string key, bool arrives)
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker, type, binding);
        channel.Publish(key, "now", exchange: "x");
        channel.Publish(key, "later", exchange: "x", properties: Delay("I:10"));
        broker.Advance(10);
        Assert.Equal(arrives ? ["now", "later"] : [], channel.Drain("q"));
    }

    [Fact]
    public void A_message_is_routed_by_the_bindings_that_there_are_at_its_time()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        Publish(channel, "m", "I:1000");
        channel.Unbind("q", "x", "k");
        channel.DeclareQueue("late");
        channel.Bind("late", "x", "k");
        broker.Advance(1000);
        Assert.Empty(channel.Drain("q"));
        Assert.Equal(["m"], channel.Drain("late"));
    }

    [Fact]
    public void CC_and_BCC_lead_on_when_the_delay_is_over_also_after_a_restart()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker, durable: true);
        foreach (string queue in new[] { "cc", "bcc" })
        {
            channel.DeclareQueue(queue, durable: true);
            channel.Bind(queue, "x", queue);
        }

        void Publish(TestChannel to) => to.Publish("k", "m", exchange: "x", persistent: true, properties: p => p
            .SetHeaders(Fields.Table("CC=A[S:cc] BCC=A[S:bcc] x-delay=I:1000")));
        Publish(channel);
        broker.Advance(1000);
        Check(channel);

        Publish(channel);
        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        again.Advance(1000);
        Check(channel);

        static void Check(TestChannel channel)
        {
            foreach (string queue in new[] { "q", "cc", "bcc" })
            {
                Received got = channel.Get(queue, noAck: true);
                Assert.Equal("m", got.Text);
                Assert.Equal(Fields.Table("CC=A[S:cc] x-delay=I:-1000"), got.Headers);
            }
        }
    }

    [Fact]
    public void A_delayed_message_counts_as_routed_and_is_confirmed_when_it_is_on_the_disk()
    {
        using var broker = new TestBroker(stepped: true);
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.Send(Declare("x", "x-delayed-type=S:direct alternate-exchange=S:amq.fanout", durable: true));
        broker.Sync();
        client.Expect<ExchangeDeclareOk>();
        channel.DeclareQueue("alternate");
        channel.Bind("alternate", "amq.fanout");
        channel.SelectConfirms();

        channel.Publish("k", "persistent", exchange: "x", persistent: true, mandatory: true, properties: Delay("I:1000"));
        client.ExpectNothing();
        broker.Sync();
        Assert.Equal(1ul, client.Expect<BasicAck>().DeliveryTag);
        channel.Publish("k", "transient", exchange: "x", mandatory: true, properties: Delay("I:1000"));
        Assert.Equal(2ul, client.Expect<BasicAck>().DeliveryTag);
        Assert.Equal(0u, channel.Ready("alternate"));

        // Nobody is there to return it to when its time comes; the alternate exchange is.
        broker.Advance(1000);
        Assert.Equal(["persistent", "transient"], channel.Drain("alternate"));
        client.ExpectNothing();
    }

    [Fact]
    public void Delayed_messages_survive_a_crash_and_come_at_their_time_or_at_once_when_that_is_over()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker, durable: true);
        for (int i = 1; i <= 300; i++)
        {
            Publish(channel, $"{i}", $"I:{i * 10}", persistent: true);
        }

        Publish(channel, "transient", "I:1000");
        broker.Advance(1000);
        Assert.Equal(101u, channel.Ready("q"));

        // Checkpoints were written meanwhile: the broker of the test writes one every 4 KiB.
        Assert.Equal(Core.VirtualHosts.DurableState.Hash(broker.Host), broker.HashOfSecondCore());
        using TestBroker again = broker.Restart();
        Assert.Equal(Core.VirtualHosts.DurableState.Hash(again.Host), again.HashOfSecondCore());
        channel = again.Connect().OpenChannel();
        Assert.Equal(100u, channel.Ready("q"));
        again.Advance(999);
        Assert.Equal(199u, channel.Ready("q"));

        again.Clock.Advance(10_000);
        using TestBroker third = again.Restart();
        channel = third.Connect().OpenChannel();
        Assert.Equal(Enumerable.Range(1, 300).Select(i => $"{i}"), channel.Drain("q"));
        using TestBroker fourth = third.Restart();
        fourth.Advance(100_000);
        Assert.Empty(fourth.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void Moving_from_the_delay_to_a_queue_copies_no_body_and_is_one_batch()
    {
        using var broker = new TestBroker(stepped: true);
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.Send(Declare("x", "x-delayed-type=S:fanout", durable: true));
        channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: false, Durable: true, Exclusive: false, AutoDelete: false, NoWait: false, FieldTable.Empty));
        channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("x"), ShortString.Empty, NoWait: false, FieldTable.Empty));
        broker.Sync();
        string body = new('b', 3000);
        channel.Publish("k", body, exchange: "x", persistent: true, properties: Delay("I:1000"));
        broker.Sync();
        long before = broker.Journal.NextPosition;
        broker.Advance(1000);
        Assert.InRange(broker.Journal.NextPosition - before, 1, 500);

        // What is not durable is undone as a whole: the message is delayed again, in the queue of nobody.
        using TestBroker again = broker.Restart();
        again.Sync();
        channel = again.Connect().OpenChannel();
        Assert.Equal([body], channel.Drain("q"));
        Assert.Equal([], channel.Drain("q"));
    }

    [Fact]
    public void Messages_go_with_their_exchange_also_one_of_the_same_name_does_not_get_them()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker, durable: true);
        Publish(channel, "gone", "I:1000", persistent: true);
        channel.DeleteExchange("x");
        channel.DeclareExchange("x", "x-delayed-message", durable: true, arguments: Fields.Table("x-delayed-type=S:direct"));
        channel.Bind("q", "x", "k");
        Publish(channel, "kept", "I:1000", persistent: true);

        using TestBroker again = broker.Restart();
        again.Advance(1000);
        Assert.Equal(["kept"], again.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void An_expiration_counts_from_the_end_of_the_delay()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        channel.Publish("k", "m", exchange: "x", properties: p => p
            .SetHeaders(Fields.Table("x-delay=I:1000")).Set(BasicProperty.Expiration, ShortString.FromString("500")));
        broker.Advance(1000);
        broker.Advance(499);
        Assert.Equal(1u, channel.Ready("q"));
        broker.Advance(1);
        Assert.Equal(0u, channel.Ready("q"));
    }

    [Fact]
    public void Dead_letters_and_messages_of_other_exchanges_are_delayed_too()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker, "fanout");
        channel.DeclareExchange("source", "fanout");
        channel.BindExchange("x", "source");
        channel.DeclareQueue("dying", arguments: Fields.Table("x-dead-letter-exchange=S:x x-message-ttl=I:100"));
        channel.Publish("k", "over another", exchange: "source", properties: Delay("I:1000"));
        channel.Publish("dying", "dead", properties: Delay("I:1000"));
        broker.Advance(1000);
        Received got = channel.Get("q", noAck: true);
        Assert.Equal("over another", got.Text);
        Assert.Equal("source", ((BasicGetOk)got.Method).Exchange.ToString());
        Assert.Empty(channel.Drain("q"));
        broker.Advance(100);
        Assert.Equal(["dead"], channel.Drain("q"));
    }

    [Fact]
    public void A_transaction_delays_from_its_commit_on()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithDelayed(broker);
        channel.SelectTransactions();
        Publish(channel, "m", "I:1000");
        broker.Advance(5000);
        channel.Commit();
        broker.Advance(999);
        Assert.Equal(0u, channel.Ready("q"));
        broker.Advance(1);
        Assert.Equal(1u, channel.Ready("q"));
    }

    [Theory]
    [InlineData("", "Invalid argument, 'x-delayed-type' must be an existing exchange type")]
    [InlineData("x-delayed-type=I:1", "Invalid argument, 'x-delayed-type' must be an existing exchange type")]
    [InlineData("x-delayed-type=S:x-delayed-message", "Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'")]
    [InlineData("x-delayed-type=S:x-recent-history", "Invalid argument, 'x-recent-history' can't be used for 'x-delayed-type'")]
    [InlineData("x-delayed-type=S:x-consistent-hash hash-property=S:app_id", "Unsupported property: app_id")]
    public void The_delayed_type_is_checked(string arguments, string text)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(Declare("x", arguments));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Fact]
    public void An_unknown_delayed_type_closes_the_connection_as_an_unknown_type_does()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        client.OpenChannel().Send(Declare("x", "x-delayed-type=S:none"));
        client.ExpectClosed(ReplyCode.CommandInvalid, "unknown exchange type 'none'");
    }

    private static ExchangeDeclare Declare(string name, string arguments, bool durable = false) => new(
        TestChannel.Name(name), TestChannel.Name("x-delayed-message"), Passive: false, durable, AutoDelete: false, Internal: false, NoWait: false, Fields.Table(arguments));

    private static TestChannel WithDelayed(TestBroker broker, string type = "direct", string key = "k", bool durable = false)
    {
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-delayed-message", durable, arguments: Fields.Table($"x-delayed-type=S:{type}"));
        channel.DeclareQueue("q", durable);
        channel.Bind("q", "x", key);
        return channel;
    }

    private static void Publish(TestChannel channel, string body, string delay, bool persistent = false) =>
        channel.Publish("k", body, exchange: "x", persistent: persistent, properties: Delay(delay));

    private static Action<BasicPropertiesEditor> Delay(string delay) => p => p.SetHeaders(Fields.Table($"x-delay={delay}"));
}
