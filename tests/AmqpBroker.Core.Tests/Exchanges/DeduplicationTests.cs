using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>The exchange type x-message-deduplication.</summary>
public sealed class DeduplicationTests
{
    [Fact]
    public void A_message_with_a_header_that_was_seen_is_not_routed_and_one_without_always_is()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:100");
        Publish(channel, "first", "S:a");
        Publish(channel, "duplicate", "S:a");
        Publish(channel, "other", "S:b");
        channel.Publish("k", "without", exchange: "x");
        channel.Publish("k", "without", exchange: "x");
        Assert.Equal(["first", "other", "without", "without"], channel.Drain("q"));
    }

    [Theory]
    [InlineData("I:5", "l:5", true)]
    [InlineData("B:5", "s:5", true)]
    [InlineData("I:5", "S:5", false)]
    [InlineData("S:a", "x:a", true)]
    [InlineData("S:a", "S:A", false)]
    [InlineData("t:1", "I:1", false)]
    [InlineData("V", "V", true)]
    [InlineData("d:1.5", "d:1.5", true)]
    [InlineData("A[I:1]", "A[I:1]", false)]
    public void Headers_are_the_same_when_their_values_are(string first, string second, bool same)
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:100");
        Publish(channel, "1", first);
        Publish(channel, "2", second);
        Assert.Equal(same ? ["1"] : ["1", "2"], channel.Drain("q"));
    }

    [Fact]
    public void A_key_counts_as_long_as_the_exchange_says_or_the_message_itself()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:100 x-cache-ttl=I:1000");
        Publish(channel, "a", "S:a");
        Publish(channel, "b", "S:b x-cache-ttl=I:3000");
        Publish(channel, "c", "S:c x-cache-ttl=I:10");
        broker.Advance(999);
        Publish(channel, "a dup", "S:a");
        Publish(channel, "c again", "S:c");
        broker.Advance(1);
        Publish(channel, "a again", "S:a");
        Publish(channel, "b dup", "S:b");
        broker.Advance(2000);
        Publish(channel, "b again", "S:b");
        Assert.Equal(["a", "b", "c", "c again", "a again", "b again"], channel.Drain("q"));
    }

    [Fact]
    public void A_full_window_forgets_the_oldest()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=S:3");
        foreach (string key in new[] { "a", "b", "c", "a", "d", "b", "a" })
        {
            Publish(channel, key, $"S:{key}");
        }

        Assert.Equal(["a", "b", "c", "d", "a"], channel.Drain("q"));
    }

    [Fact]
    public void What_no_queue_has_taken_may_be_published_again()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.DeclareExchange("x", "x-message-deduplication", arguments: Fields.Table("x-cache-size=I:10"));
        channel.SelectConfirms();
        channel.Publish("k", "returned", exchange: "x", mandatory: true, properties: Header("S:a"));
        Assert.Equal("returned", client.Next().Text);
        client.Expect<BasicAck>();
        channel.DeclareQueue("full", arguments: Fields.Table("x-max-length=I:0 x-overflow=S:reject-publish"));
        channel.Bind("full", "x");
        Publish(channel, "refused", "S:a");
        client.Expect<BasicNack>();
        channel.DeleteQueue("full");
        channel.DeclareQueue("q");
        channel.Bind("q", "x");
        Publish(channel, "taken", "S:a");
        client.Expect<BasicAck>();
        Assert.Equal(["taken"], channel.Drain("q"));
    }

    [Fact]
    public void A_duplicate_is_confirmed_and_returned_if_mandatory_and_goes_to_the_alternate_exchange()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:10 alternate-exchange=S:amq.fanout", client: client);
        channel.SelectConfirms();
        Publish(channel, "m", "S:a");
        client.Expect<BasicAck>();
        channel.Publish("k", "duplicate", exchange: "x", mandatory: true, properties: Header("S:a"));
        Assert.Equal("duplicate", client.Next().Text);
        client.Expect<BasicAck>();
        channel.DeclareQueue("duplicates");
        channel.Bind("duplicates", "amq.fanout");
        channel.Publish("k", "another", exchange: "x", mandatory: true, properties: Header("S:a"));
        client.Expect<BasicAck>();
        Assert.Equal(["another"], channel.Drain("duplicates"));
    }

    [Fact]
    public void A_duplicate_is_confirmed_when_the_first_is_on_the_disk()
    {
        using var broker = new TestBroker(stepped: true);
        TestClient setup = broker.Connect();
        TestChannel channel = setup.OpenChannel();
        channel.Send(new ExchangeDeclare(
            TestChannel.Name("x"), TestChannel.Name("x-message-deduplication"), Passive: false, Durable: true, AutoDelete: false, Internal: false, NoWait: true, Fields.Table("x-cache-size=I:10")));
        channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: false, Durable: true, Exclusive: false, AutoDelete: false, NoWait: true, FieldTable.Empty));
        channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("x"), ShortString.Empty, NoWait: true, FieldTable.Empty));
        broker.Sync();
        TestClient one = broker.Connect();
        TestClient other = broker.Connect();
        TestChannel first = one.OpenChannel();
        TestChannel second = other.OpenChannel();
        first.SelectConfirms();
        second.SelectConfirms();
        Publish(first, "m", "S:a", persistent: true);
        Publish(second, "m", "S:a", persistent: true);
        one.ExpectNothing();
        other.ExpectNothing();
        broker.Sync();
        one.Expect<BasicAck>();
        other.Expect<BasicAck>();
    }

    [Fact]
    public void Duplicates_within_a_transaction_count_from_its_commit()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:10");
        channel.SelectTransactions();
        Publish(channel, "1", "S:a");
        Publish(channel, "2", "S:a");
        channel.Send(default(TxRollback));
        channel.Client.Expect<TxRollbackOk>();
        Publish(channel, "3", "S:a");
        Publish(channel, "4", "S:a");
        channel.Commit();
        Assert.Equal(["3"], channel.Drain("q"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(" x-cache-persistence=S:disk", true)]
    [InlineData(" x-cache-persistence=S:memory", false)]
    public void The_window_of_a_durable_exchange_survives_unless_it_is_to_be_in_memory(string persistence, bool survives)
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:300 x-cache-ttl=I:60000" + persistence, durable: true);
        for (int i = 0; i < 500; i++)
        {
            Publish(channel, $"{i}", $"I:{i}", persistent: true);
        }

        Assert.Equal(DurableState.Hash(broker.Host), broker.HashOfSecondCore());
        using TestBroker again = broker.Restart();
        Assert.Equal(DurableState.Hash(again.Host), again.HashOfSecondCore());
        channel = again.Connect().OpenChannel();
        channel.Purge("q");
        for (int i = 499; i >= 200; i--)
        {
            Publish(channel, $"{i}", $"I:{i}", persistent: true);
        }

        Assert.Equal(survives ? 0u : 300u, channel.Ready("q"));
        Publish(channel, "forgotten long ago", "I:100", persistent: true);
        Assert.Equal(survives ? 1u : 301u, channel.Ready("q"));

        using TestBroker third = again.Restart();
        third.Advance(60_000);
        channel = third.Connect().OpenChannel();
        channel.Purge("q");
        Publish(channel, "over", "I:450");
        Assert.Equal(1u, channel.Ready("q"));
    }

    [Fact]
    public void The_window_goes_with_its_exchange()
    {
        using var broker = new TestBroker();
        TestChannel channel = WithWindow(broker, "x-cache-size=I:10", durable: true);
        Publish(channel, "1", "S:a", persistent: true);
        channel.DeleteExchange("x");
        channel.DeclareExchange("x", "x-message-deduplication", durable: true, arguments: Fields.Table("x-cache-size=I:10"));
        channel.Bind("q", "x");
        Publish(channel, "2", "S:b", persistent: true);
        using TestBroker again = broker.Restart();
        channel = again.Connect().OpenChannel();
        Publish(channel, "3", "S:b");
        Publish(channel, "4", "S:a");
        Assert.Equal(["1", "2", "4"], channel.Drain("q"));
    }

    [Theory]
    [InlineData("", "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0")]
    [InlineData("x-cache-size=I:0", "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0")]
    [InlineData("x-cache-size=S:many", "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0")]
    [InlineData("x-cache-size=I:1 x-cache-ttl=I:-1", "Invalid argument, 'x-cache-ttl' must be an integer greater than 0")]
    [InlineData("x-cache-size=I:1 x-cache-persistence=S:tape", "Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'")]
    public void Arguments_are_checked(string arguments, string text)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new ExchangeDeclare(
            TestChannel.Name("x"), TestChannel.Name("x-message-deduplication"), Passive: false, Durable: false, AutoDelete: false, Internal: false, NoWait: false, Fields.Table(arguments)));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    private static TestChannel WithWindow(TestBroker broker, string arguments, bool durable = false, TestClient? client = null)
    {
        TestChannel channel = (client ?? broker.Connect()).OpenChannel();
        channel.DeclareExchange("x", "x-message-deduplication", durable, arguments: Fields.Table(arguments));
        channel.DeclareQueue("q", durable);
        channel.Bind("q", "x");
        return channel;
    }

    private static void Publish(TestChannel channel, string body, string key, bool persistent = false) =>
        channel.Publish("k", body, exchange: "x", persistent: persistent, properties: Header(key));

    private static Action<BasicPropertiesEditor> Header(string key) =>
        p => p.SetHeaders(Fields.Table($"x-deduplication-header={key}"));
}
