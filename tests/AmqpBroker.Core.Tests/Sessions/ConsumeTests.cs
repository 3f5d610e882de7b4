using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class ConsumeTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public ConsumeTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("q");
    }

    [Fact]
    public void Messages_go_round_among_consumers_with_room()
    {
        foreach (string tag in new[] { "a", "b", "c" })
        {
            _channel.Consume("q", tag);
        }

        Publish(6);
        Assert.Equal(["a", "b", "c", "a", "b", "c"], _channel.Client.ExpectDeliveries(6).Select(d => d.ConsumerTag));
    }

    [Fact]
    public void The_consumer_with_the_highest_priority_and_room_is_served_first()
    {
        _channel.Qos(2);
        _channel.Consume("q", "low", arguments: Fields.Table("x-priority=I:-1"));
        _channel.Consume("q", "normal");
        _channel.Consume("q", "high", arguments: Fields.Table("x-priority=l:10"));
        Publish(6);
        Delivery[] got = _channel.Client.ExpectDeliveries(6);
        Assert.Equal(["high", "high", "normal", "normal", "low", "low"], got.Select(d => d.ConsumerTag));
        Publish(1);
        _channel.Client.ExpectNothing();
        _channel.Ack(got[3].Tag);
        Assert.Equal("normal", _channel.Client.ExpectDelivery().ConsumerTag);
    }

    [Fact]
    public void A_single_active_consumer_is_followed_by_the_next_that_came()
    {
        _channel.DeclareQueue("single", arguments: Fields.Table("x-single-active-consumer=t:1"));
        _channel.Qos(1);
        _channel.Consume("single", "first");
        _channel.Consume("single", "second");
        _channel.Consume("single", "third");
        for (int i = 0; i < 3; i++)
        {
            _channel.Publish("single", $"m{i}");
        }

        Assert.Equal("first", _channel.Client.ExpectDelivery().ConsumerTag);
        _channel.Client.ExpectNothing();
        _channel.Cancel("second");
        _channel.Client.ExpectNothing();
        _channel.Send(new BasicCancel(TestChannel.Name("first"), false));
        _channel.Client.Expect<BasicCancelOk>();
        Assert.Equal("third", _channel.Client.ExpectDelivery().ConsumerTag);
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void An_exclusive_consumer_is_refused_on_a_queue_with_a_single_active_one()
    {
        _channel.DeclareQueue("single", arguments: Fields.Table("x-single-active-consumer=t:1"));
        _channel.Send(new BasicConsume(TestChannel.Name("single"), TestChannel.Name(""), false, false, Exclusive: true, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.AccessRefused, "queue 'single' in vhost '/' in exclusive use");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Exclusive_use_is_refused_beside_another_consumer(bool first, bool second)
    {
        _channel.Consume("q", exclusive: first);
        TestChannel other = _broker.Connect().OpenChannel();
        other.Send(new BasicConsume(TestChannel.Name("q"), TestChannel.Name(""), false, false, second, false, FieldTable.Empty));
        other.ExpectClosed(ReplyCode.AccessRefused, "queue 'q' in vhost '/' in exclusive use");
    }

    [Fact]
    public void An_exclusive_consumer_that_went_leaves_the_queue_to_others()
    {
        _channel.Cancel(_channel.Consume("q", exclusive: true));
        _broker.Connect().OpenChannel().Consume("q");
    }

    [Fact]
    public void A_tag_in_use_on_the_channel_closes_the_connection_even_for_a_missing_queue()
    {
        _channel.Consume("q", "t");
        _channel.Client.OpenChannel(2).Consume("q", "t");
        _channel.Send(new BasicConsume(TestChannel.Name("missing"), TestChannel.Name("t"), false, false, false, false, FieldTable.Empty));
        _channel.Client.ExpectClosed(ReplyCode.NotAllowed, "attempt to reuse consumer tag 't'");
    }

    [Fact]
    public void An_empty_tag_gets_a_generated_one_and_a_cancelled_one_may_come_again()
    {
        Assert.StartsWith("amq.ctag-", _channel.Consume("q"), StringComparison.Ordinal);
        _channel.Cancel(_channel.Consume("q", "t"));
        _channel.Consume("q", "t");
        _channel.Cancel("unknown");
    }

    [Fact]
    public void Cancel_leaves_unacknowledged_messages_with_the_channel_and_closing_gives_them_back()
    {
        string tag = _channel.Consume("q");
        Publish(2);
        Delivery[] got = _channel.Client.ExpectDeliveries(2);
        _channel.Cancel(tag);
        Assert.Equal(0u, _channel.Ready("q"));
        _channel.Ack(got[0].Tag);
        _channel.Close();
        TestChannel other = _channel.Client.OpenChannel(2);
        Assert.True(((BasicGetOk)other.Get("q").Method).Redelivered);
        Assert.IsType<BasicGetEmpty>(other.Get("q").Method);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_deleted_queue_cancels_its_consumers_if_their_client_can_take_it(bool capable)
    {
        TestChannel consumer = _broker.Connect(takesConsumerCancel: capable).OpenChannel();
        consumer.Consume("q", "t");
        _channel.Consume("q", "own");
        _channel.Send(new QueueDelete(TestChannel.Name("q"), false, false, NoWait: false));
        if (capable)
        {
            Assert.Equal(new BasicCancel(TestChannel.Name("t"), NoWait: true), consumer.Client.Expect<BasicCancel>());
        }

        consumer.Client.ExpectNothing();
        Assert.Equal(new BasicCancel(TestChannel.Name("own"), NoWait: true), _channel.Client.Expect<BasicCancel>());
        _channel.Client.Expect<QueueDeleteOk>();
    }

    [Fact]
    public void After_cancel_ok_no_delivery_comes_though_there_is_room_and_more()
    {
        Publish(3);
        _channel.Qos(1);
        string tag = _channel.Consume("q");
        ulong first = _channel.Client.ExpectDelivery().Tag;
        _channel.Client.Run(b =>
        {
            b.Ack(_channel.Session, first, multiple: false);
            b.Method(_channel.Session, new BasicCancel(TestChannel.Name(tag), NoWait: false));
        });
        Delivery last = _channel.Client.ExpectDelivery();
        _channel.Client.Expect<BasicCancelOk>();
        _channel.Ack(last.Tag);
        Publish(1);
        _channel.Client.ExpectNothing();
        Assert.Equal(2u, _channel.Ready("q"));
    }

    [Fact]
    public void Get_tells_how_many_are_left_and_does_not_count_against_prefetch()
    {
        Publish(3);
        var got = (BasicGetOk)_channel.Get("q").Method;
        Assert.Equal(2u, got.MessageCount);
        _channel.Qos(1);
        _channel.Consume("q");
        _channel.Client.ExpectDelivery();
        _channel.Client.ExpectNothing();
        _channel.Ack(got.DeliveryTag);
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void Priorities_that_nobody_uses_any_more_are_not_kept()
    {
        for (int i = 0; i < 100; i++)
        {
            _channel.Cancel(_channel.Consume("q", arguments: Fields.Table($"x-priority=I:{i}")));
        }

        Assert.Equal(0, _broker.Host.Queues[TestChannel.Name("q")].Consumers.PriorityCount);
    }

    [Theory]
    [InlineData("I:3", true)]
    [InlineData("S:3", false)]
    public void The_consumers_priority_must_be_a_number(string value, bool accepted)
    {
        _channel.Send(new BasicConsume(TestChannel.Name("q"), TestChannel.Name(""), false, false, false, false, Fields.Table($"x-priority={value}")));
        if (accepted)
        {
            _channel.Client.Expect<BasicConsumeOk>();
        }
        else
        {
            _channel.ExpectClosed(ReplyCode.PreconditionFailed, "invalid arg 'x-priority' for queue 'q' in vhost '/': \"expected integer, got longstr\"");
        }
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
