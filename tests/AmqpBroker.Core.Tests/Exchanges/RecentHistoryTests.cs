using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>The exchange type x-recent-history.</summary>
public sealed class RecentHistoryTests
{
    [Theory]
    [InlineData("", 20)]
    [InlineData("x-recent-history-length=I:3", 3)]
    [InlineData("x-recent-history-length=l:1000", 30)]
    public void A_new_queue_gets_the_last_messages_the_oldest_first_and_then_what_comes(string arguments, int count)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history", arguments: Fields.Table(arguments));
        for (int i = 0; i < 30; i++)
        {
            channel.Publish($"k{i}", $"{i}", exchange: "x");
        }

        channel.DeclareQueue("q");
        channel.Bind("q", "x");
        channel.Publish("k", "new", exchange: "x");
        Assert.Equal([.. Enumerable.Range(30 - count, count).Select(i => $"{i}"), "new"], channel.Drain("q"));

        // A binding that is there already brings nothing, another does.
        channel.Bind("q", "x");
        Assert.Empty(channel.Drain("q"));
        channel.Bind("q", "x", "another");
        Assert.Equal("new", channel.Drain("q")[^1]);
    }

    [Fact]
    public void What_is_kept_is_as_it_was_published_and_no_store_is_not_kept()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history");
        channel.Publish("k", "not", exchange: "x", properties: p => p.SetHeaders(Fields.Table("x-recent-history-no-store=t:1")));
        channel.Publish("k", "kept", exchange: "x", properties: p => p.SetHeaders(Fields.Table("x-recent-history-no-store=t:0 a=I:1")));
        channel.DeclareQueue("q");
        channel.Bind("q", "x");
        Received got = channel.Get("q", noAck: true);
        Assert.Equal("kept x k", $"{got.Text} {((BasicGetOk)got.Method).Exchange} {((BasicGetOk)got.Method).RoutingKey}");
        Assert.False(((BasicGetOk)got.Method).Redelivered);
        Assert.Equal(Fields.Table("x-recent-history-no-store=t:0 a=I:1"), got.Headers);
        Assert.Empty(channel.Drain("q"));
    }

    [Fact]
    public void A_message_that_is_only_kept_is_unroutable()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.DeclareExchange("x", "x-recent-history", arguments: Fields.Table("alternate-exchange=S:amq.fanout"));
        channel.SelectConfirms();
        channel.Publish("k", "m", exchange: "x", mandatory: true);
        Assert.Equal("m", client.Next().Text);
        client.Expect<BasicAck>();
        channel.DeclareQueue("alternate");
        channel.Bind("alternate", "amq.fanout");
        channel.Publish("k", "m2", exchange: "x", mandatory: true);
        client.Expect<BasicAck>();
        Assert.Equal(["m2"], channel.Drain("alternate"));
    }

    [Fact]
    public void An_exchange_that_is_bound_routes_the_history_on_even_back_into_itself()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history", arguments: Fields.Table("x-recent-history-length=I:2"));
        channel.DeclareExchange("to", "topic");
        channel.DeclareQueue("q");
        channel.Bind("q", "to", "a.*");
        channel.BindExchange("x", "to", "a.*");
        channel.Publish("a.1", "1", exchange: "x");
        channel.Publish("b.2", "2", exchange: "x");
        channel.BindExchange("to", "x");
        Assert.Equal(["1"], channel.Drain("q"));
        channel.DeclareQueue("late");
        channel.Bind("late", "x");
        Assert.Equal(["2", "1"], channel.Drain("late"));
    }

    [Fact]
    public void An_expiration_counts_from_when_a_message_reaches_a_queue()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history");
        channel.Publish("k", "m", exchange: "x", properties: p => p.Set(BasicProperty.Expiration, ShortString.FromString("500")));
        broker.Advance(10_000);
        channel.DeclareQueue("q");
        channel.Bind("q", "x");
        broker.Advance(499);
        Assert.Equal(1u, channel.Ready("q"));
        broker.Advance(1);
        Assert.Equal(0u, channel.Ready("q"));
    }

    [Fact]
    public void The_history_of_a_durable_exchange_survives_with_its_persistent_messages()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history", durable: true, arguments: Fields.Table("x-recent-history-length=I:5"));
        string body = new('b', 1000);
        for (int i = 0; i < 40; i++)
        {
            channel.Publish("k", $"{i} {body}", exchange: "x", persistent: true);
        }

        channel.Publish("k", "transient", exchange: "x");
        using TestBroker again = broker.Restart();
        Assert.Equal(Core.VirtualHosts.DurableState.Hash(again.Host), again.HashOfSecondCore());
        channel = again.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        long before = again.Journal.NextPosition;
        channel.Bind("q", "x");
        Assert.InRange(again.Journal.NextPosition - before, 1, 1000);
        Assert.Equal(4u, channel.Ready("q"));

        // The queue's messages stay when those of the history have gone, as their bodies are kept for both.
        for (int i = 0; i < 10; i++)
        {
            channel.Publish("k", "later", exchange: "x", persistent: true);
        }

        using TestBroker third = again.Restart();
        channel = third.Connect().OpenChannel();
        Assert.Equal([.. Enumerable.Range(36, 4).Select(i => $"{i} {body}"), .. Enumerable.Repeat("later", 10)], channel.Drain("q"));
    }

    [Fact]
    public void The_history_goes_with_its_exchange()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-recent-history", durable: true);
        channel.Publish("k", "m", exchange: "x", persistent: true);
        channel.DeleteExchange("x");
        channel.DeclareExchange("x", "x-recent-history", durable: true);
        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        channel.DeclareQueue("q");
        channel.Bind("q", "x");
        Assert.Empty(channel.Drain("q"));
    }

    [Theory]
    [InlineData("I:0", "0")]
    [InlineData("l:-5", "-5")]
    [InlineData("S:many", "<<\"many\">>")]
    [InlineData("B:5", "5")]
    [InlineData("t:1", "true")]
    public void The_length_is_a_positive_number_of_a_signed_type(string length, string printed)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new ExchangeDeclare(
            TestChannel.Name("x"), TestChannel.Name("x-recent-history"), Passive: false, Durable: false, AutoDelete: false, Internal: false, NoWait: false, Fields.Table($"x-recent-history-length={length}")));
        channel.ExpectClosed(
            ReplyCode.PreconditionFailed, $"Invalid argument {printed}, 'x-recent-history-length' must be a positive integer");
    }
}
