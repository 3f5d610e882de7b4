using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Tests.Policies;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class DelayedRetryTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestClient _client;
    private readonly TestChannel _channel;

    public DelayedRetryTests()
    {
        _client = _broker.Connect();
        _channel = _client.OpenChannel();
    }

    [Theory]
    [InlineData("all", true, true)]
    [InlineData("failed", true, false)]
    [InlineData("returned", false, true)]
    [InlineData("disabled", false, false)]
    public void The_type_says_which_returns_wait(string type, bool rejected, bool nacked)
    {
        Declare("q", $"x-delayed-retry-type=S:{type} x-delayed-retry-min=I:100");
        Publish("q", 1);
        _channel.Reject(_channel.Take("q"), requeue: true);
        Assert.Equal(rejected ? 0u : 1u, _channel.Ready("q"));
        _broker.Advance(100);
        _channel.Nack(_channel.Take("q"));
        Assert.Equal(nacked ? 0u : 1u, _channel.Ready("q"));
        _broker.Advance(200);
        _channel.Take("q");
        _channel.Close(); // what a client that ends has not settled counts as failed
        Assert.Equal(rejected ? 0u : 1u, _client.OpenChannel(2).Ready("q"));
    }

    [Fact]
    public void Each_time_it_waits_longer_up_to_the_maximum()
    {
        Declare("q", "x-delayed-retry-type=S:all x-delayed-retry-min=I:100 x-delayed-retry-max=I:250");
        Publish("q", 1);
        foreach (int waits in new[] { 100, 200, 250, 250 })
        {
            _channel.Nack(_channel.Take("q"));
            _broker.Advance(waits - 1);
            Assert.Equal(0u, _channel.Ready("q"));
            _broker.Advance(1);
            Assert.Equal(1u, _channel.Ready("q"));
        }
    }

    [Fact]
    public void Others_are_delivered_meanwhile_and_what_waited_goes_back_to_its_place_and_to_consumers()
    {
        Declare("q", "x-delayed-retry-type=S:all x-delayed-retry-min=I:100");
        Publish("q", 4);
        _channel.Take("q");
        _channel.Nack(_channel.Take("q"), multiple: true);
        Assert.Equal(["m2"], [_channel.Get("q", noAck: true).Text]);
        _channel.Publish("q", "m4");
        _broker.Advance(100);
        _channel.Consume("q", noAck: true);
        Assert.Equal(["m0", "m1", "m3", "m4"], _client.ExpectDeliveries(4).Select(d => d.Text));
        _channel.Publish("q", "m5");
        Assert.False(_client.ExpectDelivery().Redelivered);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Delays_and_counts_go_on_over_a_restart(bool crash, bool checkpoint)
    {
        Declare("q", "x-delayed-retry-type=S:all x-delayed-retry-min=I:1000");
        Publish("q", 3);
        _channel.Nack(_channel.Take("q"));
        _broker.Advance(500);
        _channel.Nack(_channel.Take("q"));
        if (checkpoint)
        {
            _channel.DeclareQueue("other", durable: true);
            for (int i = 0; i < 200; i++)
            {
                _channel.Publish("other", new string('b', 100), persistent: true);
            }
        }

        using TestBroker again = crash ? _broker.Restart() : _broker.StopAndStart();
        TestChannel channel = again.Connect().OpenChannel();
        Assert.Equal("m2", channel.Get("q", noAck: true).Text);
        again.Advance(500);
        Received first = channel.Get("q", noAck: true);
        Assert.Equal("m0", first.Text);
        Assert.True(first.Headers.TryGetValue("x-delivery-count", out FieldValue count) && count.AsInt64() == 1);
        Assert.Equal(0u, channel.Ready("q"));
        again.Advance(500);
        Assert.Equal("m1", channel.Get("q").Text);
    }

    [Fact]
    public void What_was_delivered_again_before_a_crash_waits_no_more()
    {
        Declare("q", "x-delayed-retry-type=S:failed x-delayed-retry-min=I:1000");
        Publish("q", 2);
        _channel.Reject(_channel.Take("q"), requeue: true);
        _broker.Advance(1000);
        _channel.Nack(_channel.Take("q"));
        _channel.Ack(_channel.Take("q"));
        using TestBroker again = _broker.Restart();
        Assert.Equal(["m1"], again.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void A_message_that_waits_dies_on_time_and_by_the_delivery_limit()
    {
        _channel.DeclareQueue("dead");
        Declare("q", "x-delayed-retry-type=S:all x-delayed-retry-min=I:1000 x-delivery-limit=I:1 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead");
        Publish("q", 1);
        _channel.Publish("q", "short", properties: p => p.Set(BasicProperty.Expiration, TestChannel.Name("300")));
        _channel.Take("q");
        _channel.Nack(_channel.Take("q"), multiple: true);
        _broker.Advance(300);
        Assert.Equal(["short"], _channel.Drain("dead"));
        _broker.Advance(700);
        _channel.Nack(_channel.Take("q"));
        Assert.Equal(["m0"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_purge_takes_what_waits_and_a_queue_with_such_is_not_empty()
    {
        Declare("q", "x-delayed-retry-type=S:all x-delayed-retry-min=I:1000", quorum: false);
        Publish("q", 2);
        _channel.Nack(_channel.Take("q"));
        _channel.Take("q");
        Assert.Equal(1u, _channel.Purge("q"));
        _broker.Advance(1000);
        Assert.Equal(0u, _channel.Ready("q"));
        _channel.Nack(2);
        _channel.Send(new QueueDelete(TestChannel.Name("q"), IfUnused: false, IfEmpty: true, NoWait: false));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "queue 'q' in vhost '/' not empty");
        Assert.Equal(0u, _client.OpenChannel(2).DeleteQueue("q"));
    }

    [Fact]
    public async Task A_policy_asks_for_it_as_well()
    {
        Declare("q", "");
        await _broker.PutAsync("p", "^q$", ("delayed-retry-type", "all"), ("delayed-retry-min", 100L));
        Publish("q", 1);
        _channel.Nack(_channel.Take("q"));
        Assert.Equal(0u, _channel.Ready("q"));
        _broker.Advance(100);
        Assert.Equal(1u, _channel.Ready("q"));
    }

    [Theory]
    [InlineData("x-delayed-retry-type=S:some", "invalid arg 'x-delayed-retry-type' for queue 'q' in vhost '/': invalid_delayed_retry_type")]
    [InlineData("x-delayed-retry-min=I:-1", "invalid arg 'x-delayed-retry-min' for queue 'q' in vhost '/': {value_negative,-1}")]
    public void Its_arguments_are_validated(string arguments, string text)
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), false, true, false, false, false, Fields.Table("x-queue-type=S:quorum " + arguments)));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    private void Publish(string queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _channel.Publish(queue, $"m{i}", persistent: true);
        }
    }

    private void Declare(string name, string arguments, bool quorum = true) =>
        _channel.DeclareQueue(name, durable: true, arguments: Fields.Table($"{(quorum ? "x-queue-type=S:quorum" : "")} {arguments}".Trim()));

    public void Dispose() => _broker.Dispose();
}
