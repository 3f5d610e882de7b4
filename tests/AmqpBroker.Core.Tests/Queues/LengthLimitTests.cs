using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class LengthLimitTests : IDisposable
{
    private const string ToDead = " x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead";

    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public LengthLimitTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("dead");
    }

    [Theory]
    [InlineData("x-max-length=I:2", "m3 m4", "m0 m1 m2")]
    [InlineData("x-max-length=I:0", "", "m0 m1 m2 m3 m4")]
    [InlineData("x-max-length-bytes=I:5", "m3 m4", "m0 m1 m2")]
    [InlineData("x-max-length=I:4 x-max-length-bytes=I:6", "m2 m3 m4", "m0 m1")]
    [InlineData("x-max-length=I:2 x-overflow=S:drop-head", "m3 m4", "m0 m1 m2")]
    [InlineData("x-max-length=I:2 x-overflow=S:reject-publish", "m0 m1", "")]
    [InlineData("x-max-length-bytes=I:5 x-overflow=S:reject-publish", "m0 m1", "")]
    [InlineData("x-max-length=I:2 x-overflow=S:reject-publish-dlx", "m0 m1", "m2 m3 m4")]
    public void What_is_too_much_goes_as_x_overflow_says(string arguments, string kept, string dead)
    {
        _channel.DeclareQueue("q", arguments: Fields.Table(arguments + ToDead));
        Publish(5);
        Assert.Equal(kept, string.Join(' ', _channel.Drain("q")));
        Assert.Equal(dead, string.Join(' ', _channel.Drain("dead")));
    }

    [Fact]
    public void Only_ready_messages_count_and_a_return_drops_from_the_head_before_consumers_see_it()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-max-length=I:2" + ToDead));
        Publish(2);
        ulong[] tags = [_channel.Take("q"), _channel.Take("q")];
        Publish(2);
        Assert.Equal((2u, 0u), (_channel.Ready("q"), _channel.Ready("dead")));
        _channel.Nack(tags[1], multiple: true);
        Assert.Equal(["m0", "m1"], _channel.Drain("dead"));
        Assert.Equal(2u, _channel.Ready("q"));
    }

    [Fact]
    public void A_queue_that_rejects_publishes_drops_nothing_when_messages_come_back()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-max-length=I:1 x-overflow=S:reject-publish" + ToDead));
        Publish(1);
        ulong tag = _channel.Take("q");
        _channel.Publish("q", "later");
        _channel.Nack(tag);
        Assert.Equal(["m0", "later"], _channel.Drain("q"));
    }

    [Fact]
    public void On_a_queue_with_priorities_the_head_is_the_highest_priority()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-max-length=I:2 x-max-priority=I:5" + ToDead));
        for (byte priority = 5; priority > 2; priority--)
        {
            _channel.Publish("q", $"{priority}", properties: p => p.Set(BasicProperty.Priority, priority));
        }

        Assert.Equal(["5"], _channel.Drain("dead"));
        Assert.Equal(["4", "3"], _channel.Drain("q"));
    }

    [Fact]
    public void Messages_of_a_queue_with_priorities_come_by_level_then_by_age()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-max-priority=I:2"));
        foreach ((string body, byte priority) in new (string, byte)[] { ("a", 0), ("b", 1), ("c", 255), ("d", 2), ("e", 1) })
        {
            _channel.Publish("q", body, properties: p => p.Set(BasicProperty.Priority, priority));
        }

        _channel.Publish("q", "f");
        Assert.Equal(["c", "d", "b", "e", "a", "f"], _channel.Drain("q"));
    }

    [Fact]
    public void A_message_falls_through_a_long_chain_of_full_queues()
    {
        const int Length = 300;
        for (int i = 0; i < Length; i++)
        {
            _channel.DeclareQueue($"c{i}", arguments: Fields.Table($"x-max-length=I:0 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:c{i + 1}"));
        }

        _channel.DeclareQueue($"c{Length}");
        _channel.Publish("c0", "m");
        Assert.Equal(["m"], _channel.Drain($"c{Length}"));
    }

    [Theory]
    [InlineData("x-delivery-limit=I:2", 2)]
    [InlineData("x-delivery-limit=I:0", 0)]
    public void A_message_that_came_back_too_often_is_dead_lettered(string arguments, int returns)
    {
        _channel.DeclareQueue("q", arguments: Fields.Table(arguments + ToDead));
        Publish(1);
        for (int i = 0; i < returns; i++)
        {
            Received got = _channel.Get("q");
            Assert.Equal(i > 0, got.Headers.TryGetValue("x-delivery-count", out FieldValue count));
            Assert.True(i == 0 || (count.TryGetInt64(out long times) && times == i));
            Assert.Equal(i > 0, got.Headers.TryGetValue("x-acquired-count", out FieldValue acquired));
            Assert.True(i == 0 || acquired == count);
            _channel.Nack(((BasicGetOk)got.Method).DeliveryTag);
        }

        _channel.Nack(_channel.Take("q"));
        Assert.IsType<BasicGetEmpty>(_channel.Get("q").Method);
        Assert.Equal(["m0"], _channel.Drain("dead"));
    }

    [Fact]
    public void What_came_back_too_often_dies_in_the_order_of_the_queue()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-delivery-limit=I:0" + ToDead));
        Publish(3);
        _channel.Take("q");
        _channel.Take("q");
        _channel.Nack(_channel.Take("q"), multiple: true);
        Assert.Equal(["m0", "m1", "m2"], _channel.Drain("dead"));
    }

    [Fact]
    public void What_was_out_before_a_restart_counts_against_the_limit_again()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-max-length=I:2"));
        for (int i = 0; i < 4; i++)
        {
            _channel.Publish("q", $"m{i}", persistent: true);
            _ = i < 2 ? _channel.Take("q") : 0;
        }

        using TestBroker again = _broker.Restart();
        Assert.Equal(["m2", "m3"], again.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void Delivery_counts_survive_a_restart()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-delivery-limit=I:3"));
        _channel.Publish("q", "m", persistent: true);
        _channel.Nack(_channel.Take("q"));
        _channel.Nack(_channel.Take("q"));
        using TestBroker again = _broker.Restart();
        Assert.True(again.Connect().OpenChannel().Get("q").Headers.TryGetValue("x-delivery-count", out FieldValue count));
        Assert.True(count.TryGetInt64(out long times));
        Assert.Equal(2, times);
    }

    private void Publish(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _channel.Publish("q", $"m{i}");
        }
    }

    public void Dispose() => _broker.Dispose();
}
