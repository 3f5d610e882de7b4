using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class ConsumerTimeoutTests : IDisposable
{
    private const long HalfAnHourMs = 30 * 60 * 1000;

    private readonly TestBroker _broker = new();
    private readonly TestClient _client;
    private readonly TestChannel _channel;

    public ConsumerTimeoutTests()
    {
        _client = _broker.Connect();
        _channel = _client.OpenChannel();
    }

    [Fact]
    public void A_delivery_not_acknowledged_for_half_an_hour_goes_back_and_its_consumer_is_cancelled()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m");
        string tag = _channel.Consume("q");
        _client.ExpectDelivery();
        _broker.Advance(HalfAnHourMs - 1);
        _client.ExpectNothing();
        _broker.Advance(1);
        Assert.Equal(tag, _client.Expect<BasicCancel>().ConsumerTag.ToString());
        Received again = _channel.Get("q");
        Assert.True(((BasicGetOk)again.Method).Redelivered);
        Assert.Equal(0u, _channel.Passive("q").ConsumerCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_client_may_settle_late_and_its_channel_goes_on(bool multiple)
    {
        Deliver("q", timeoutMs: 100, count: 2);
        _broker.Advance(100);
        _client.Expect<BasicCancel>();
        _channel.Ack(2, multiple);
        _channel.Nack(1, requeue: false);
        Assert.Equal(2u, _channel.Ready("q"));
        _channel.Ack(3);
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "unknown delivery tag 3");
    }

    [Fact]
    public void A_client_that_cannot_be_told_loses_its_channel()
    {
        TestClient simple = _broker.Connect(takesConsumerCancel: false);
        TestChannel channel = simple.OpenChannel(7);
        channel.DeclareQueue("q", arguments: Fields.Table("x-consumer-timeout=I:100"));
        channel.Publish("q", "m");
        channel.Consume("q");
        simple.ExpectDelivery();
        _broker.Advance(100);
        ChannelClose close = channel.ExpectClosed(
            ReplyCode.PreconditionFailed,
            "delivery acknowledgement on channel 7 timed out. Timeout value used: 100 ms. "
            + "This timeout value can be configured, see consumers doc guide to learn more");
        Assert.Equal(((ushort)0, (ushort)0), (close.FailedClassId, close.FailedMethodId));
        Assert.Equal(0, simple.ChannelCount);
        Assert.Equal(1u, _channel.Ready("q"));
    }

    [Fact]
    public void A_message_fetched_and_not_acknowledged_in_time_closes_the_channel()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-consumer-timeout=I:50"));
        _channel.Publish("q", "m");
        _channel.Take("q");
        _broker.Advance(50);
        _channel.ExpectClosed(ReplyCode.PreconditionFailed);
        Assert.Equal(1u, _client.OpenChannel(2).Ready("q"));
    }

    [Theory]
    [InlineData("", "", HalfAnHourMs)]
    [InlineData("x-consumer-timeout=I:100", "", 100)]
    [InlineData("x-consumer-timeout=I:100", "x-consumer-timeout=I:40", 40)]
    [InlineData("x-consumer-timeout=I:40", "x-consumer-timeout=l:100", 100)]
    [InlineData("", "x-consumer-timeout=I:40", 40)]
    [InlineData("x-consumer-timeout=I:0", "", 0)]
    [InlineData("x-consumer-timeout=I:40", "x-consumer-timeout=I:0", 0)]
    public void The_consumers_own_goes_before_the_queues_and_that_before_the_default(string queue, string consumer, long timeoutMs)
    {
        _channel.DeclareQueue("q", arguments: Fields.Table(queue));
        _channel.Publish("q", "m");
        _channel.Consume("q", arguments: Fields.Table(consumer));
        _client.ExpectDelivery();
        if (timeoutMs == 0)
        {
            _broker.Advance(1000 * HalfAnHourMs);
            _client.ExpectNothing();
            return;
        }

        _broker.Advance(timeoutMs - 1);
        _client.ExpectNothing();
        _broker.Advance(1);
        _client.Expect<BasicCancel>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void The_default_can_be_set(long timeoutMs)
    {
        using var broker = new TestBroker(limits: new VirtualHostLimits { ConsumerTimeoutMs = timeoutMs });
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.DeclareQueue("q");
        channel.Publish("q", "m");
        channel.Consume("q");
        client.ExpectDelivery();
        broker.Advance(HalfAnHourMs);
        if (timeoutMs == 0)
        {
            client.ExpectNothing();
        }
        else
        {
            client.Expect<BasicCancel>();
        }
    }

    [Fact]
    public void Only_what_is_late_goes_back_and_only_its_consumer_is_cancelled()
    {
        _channel.DeclareQueue("slow");
        _channel.DeclareQueue("q", arguments: Fields.Table("x-consumer-timeout=I:100"));
        _channel.Publish("slow", "s");
        _channel.Consume("slow", "slow");
        _client.ExpectDelivery();
        _channel.Consume("q", "quick");
        _channel.Publish("q", "1");
        _broker.Advance(60);
        _channel.Publish("q", "2");
        _client.ExpectDeliveries(2);
        _channel.Publish("slow", "t");
        _client.ExpectDelivery();
        _broker.Advance(40);
        Assert.Equal("quick", _client.Expect<BasicCancel>().ConsumerTag.ToString());
        Assert.Equal(["1"], _channel.Drain("q"));
        _channel.Ack(3); // what is not late yet is the channel's still
        _broker.Advance(1000);
        _client.ExpectNothing();
        Assert.Equal(0u, _channel.Ready("q"));
        _broker.Advance(HalfAnHourMs);
        Assert.Equal("slow", _client.Expect<BasicCancel>().ConsumerTag.ToString());
        Assert.Equal(["s", "t"], _channel.Drain("slow"));
    }

    [Fact]
    public void Deliveries_of_a_consumer_cancelled_before_go_back_too()
    {
        Deliver("q", timeoutMs: 100, count: 2);
        _channel.Cancel("c");
        _broker.Advance(100);
        _client.ExpectNothing();
        Assert.Equal(2u, _channel.Ready("q"));
    }

    [Fact]
    public void Coming_back_counts_and_the_delivery_limit_holds()
    {
        _channel.DeclareQueue("dead");
        _channel.DeclareQueue("q", arguments: Fields.Table(
            "x-consumer-timeout=I:100 x-delivery-limit=I:1 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        _channel.Publish("q", "m");
        for (int times = 0; times < 2; times++)
        {
            _channel.Consume("q", "c");
            Delivery got = _client.ExpectDelivery();
            Assert.Equal(times > 0, got.Content.Headers.Contains(TestChannel.Name("x-delivery-count")));
            _broker.Advance(100);
            _client.Expect<BasicCancel>();
        }

        Assert.Equal(["m"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_settlement_in_an_open_transaction_stops_the_clock_until_it_is_rolled_back()
    {
        Deliver("q", timeoutMs: 100, count: 1);
        _channel.Send(default(TxSelect));
        _client.Expect<TxSelectOk>();
        _channel.Ack(1);
        _broker.Advance(1000);
        _client.ExpectNothing();
        _channel.Send(default(TxRollback));
        _client.Expect<TxRollbackOk>();
        _broker.Advance(1);
        _client.Expect<BasicCancel>();
        Assert.Equal(1u, _channel.Ready("q"));
    }

    [Fact]
    public void Many_deliveries_of_differing_timeouts_each_go_back_in_their_time_and_order()
    {
        const int Each = 6000;
        _channel.DeclareQueue("q");
        foreach ((string tag, int timeoutMs) in new[] { ("long", 500), ("short", 100) })
        {
            for (int i = 0; i < Each; i++)
            {
                _channel.Publish("q", $"{tag}{i}");
            }

            _channel.Consume("q", tag, arguments: Fields.Table($"x-consumer-timeout=I:{timeoutMs}"));
            _client.ExpectDeliveries(Each);
            if (tag == "long")
            {
                _channel.Cancel(tag);
            }
        }

        _broker.Advance(100);
        _client.Expect<BasicCancel>();
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"short{i}"), _channel.Drain("q"));
        _broker.Advance(399);
        Assert.Equal(0u, _channel.Ready("q"));
        _broker.Advance(1);
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"long{i}"), _channel.Drain("q"));
    }

    [Fact]
    public void Nothing_of_a_channel_that_ended_is_kept_for_its_timeouts()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m");
        for (int i = 0; i < 100; i++)
        {
            TestChannel channel = _client.OpenChannel(2);
            channel.Take("q");
            channel.Close();
        }

        Assert.Equal(long.MaxValue, _broker.Host.Timers.NextMs);
    }

    [Fact]
    public void A_channel_has_so_many_consumers_and_no_more()
    {
        using var broker = new TestBroker(limits: new VirtualHostLimits { ConsumersPerChannel = 2 });
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.DeclareQueue("q");
        channel.Cancel(channel.Consume("q"));
        channel.Consume("q", "a");
        channel.Consume("q", "b");
        client.OpenChannel(2).Consume("q", "c");
        channel.Send(new BasicConsume(TestChannel.Name("q"), TestChannel.Name("d"), false, false, false, false, FieldTable.Empty));
        client.ExpectClosed(ReplyCode.NotAllowed, "reached maximum (2) of consumers per channel");
    }

    private void Deliver(string queue, int timeoutMs, int count)
    {
        _channel.DeclareQueue(queue, arguments: Fields.Table($"x-consumer-timeout=I:{timeoutMs}"));
        for (int i = 0; i < count; i++)
        {
            _channel.Publish(queue, $"m{i}");
        }

        _channel.Consume(queue, "c");
        _client.ExpectDeliveries(count);
    }

    public void Dispose() => _broker.Dispose();
}
