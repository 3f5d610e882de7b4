using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class PrefetchTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public PrefetchTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("q");
        for (int i = 0; i < 20; i++)
        {
            _channel.Publish("q", $"m{i}");
        }
    }

    [Fact]
    public void A_limit_without_global_holds_for_each_consumer_that_comes_after_it()
    {
        _channel.Qos(2);
        _channel.Consume("q", "a");
        Assert.Equal(["a", "a"], _channel.Client.ExpectDeliveries(2).Select(d => d.ConsumerTag));
        _channel.Qos(3);
        _channel.Client.ExpectNothing();
        _channel.Consume("q", "b");
        Assert.Equal(["b", "b", "b"], _channel.Client.ExpectDeliveries(3).Select(d => d.ConsumerTag));
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_global_limit_is_shared_by_the_channel_and_both_limits_hold()
    {
        _channel.Qos(2);
        _channel.Qos(3, global: true);
        _channel.Consume("q", "a");
        _channel.Client.ExpectDeliveries(2);
        _channel.Consume("q", "b");
        Delivery got = _channel.Client.ExpectDelivery();
        Assert.Equal("b", got.ConsumerTag);
        _channel.Client.ExpectNothing();
        _channel.Ack(got.Tag);
        Assert.Equal("b", _channel.Client.ExpectDelivery().ConsumerTag);
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_limit_without_global_lifts_the_channels_at_once()
    {
        _channel.Qos(1, global: true);
        _channel.Consume("q");
        _channel.Client.ExpectDelivery();
        _channel.Client.ExpectNothing();
        _channel.Qos(1);
        _channel.Client.ExpectDeliveries(19);
    }

    [Fact]
    public void A_full_global_limit_stops_the_channels_no_ack_consumers_as_well()
    {
        _channel.Qos(1, global: true);
        _channel.Consume("q", "ack");
        ulong tag = _channel.Client.ExpectDelivery().Tag;
        _channel.DeclareQueue("other");
        _channel.Consume("other", "free", noAck: true);
        _channel.Publish("other", "x");
        _channel.Client.ExpectNothing();
        _channel.Cancel("ack");
        _channel.Ack(tag);
        Assert.Equal("free", _channel.Client.ExpectDelivery().ConsumerTag);
    }

    [Fact]
    public void A_changed_global_limit_applies_at_once_and_counts_what_is_unacknowledged()
    {
        _channel.Consume("q");
        Delivery[] got = _channel.Client.ExpectDeliveries(20);
        _channel.Qos(2, global: true);
        for (int i = 0; i < 5; i++)
        {
            _channel.Publish("q", $"n{i}");
        }

        _channel.Ack(got[17].Tag, multiple: true);
        _channel.Client.ExpectNothing();
        _channel.Ack(got[18].Tag);
        Assert.Equal("n0", _channel.Client.ExpectDelivery().Text);
        _channel.Client.ExpectNothing();
        _channel.Qos(4, global: true);
        _channel.Client.ExpectDeliveries(2);
        _channel.Client.ExpectNothing();
        _channel.Qos(0, global: true);
        _channel.Client.ExpectDeliveries(2);
    }

    [Fact]
    public void Without_acknowledgement_and_with_no_limit_everything_is_sent()
    {
        _channel.Qos(1);
        _channel.Consume("q", noAck: true);
        _channel.Client.ExpectDeliveries(20);
        Assert.Equal(0u, _channel.Ready("q"));
    }

    [Fact]
    public void A_size_limit_is_not_implemented()
    {
        _channel.Send(new BasicQos(1000, 0, false));
        _channel.Client.ExpectClosed(ReplyCode.NotImplemented, "prefetch_size!=0 (1000)");
    }

    public void Dispose() => _broker.Dispose();
}
