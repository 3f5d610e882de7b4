using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class DeliveryTests
{
    [Fact]
    public void A_published_message_is_pushed_to_the_consumer_and_gone_when_acknowledged()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q", durable: true);
        channel.Consume("q", "c");
        channel.Publish("q", "hello", persistent: true);

        Delivery delivery = channel.Client.ExpectDelivery();
        Assert.Equal("hello", delivery.Text);
        Assert.Equal("q", delivery.RoutingKey);
        Assert.False(delivery.Redelivered);
        channel.Ack(delivery.Tag);
        channel.Close();

        Assert.Equal(0u, broker.Connect().OpenChannel().Passive("q").MessageCount);
    }

    [Fact]
    public void Prefetch_limits_what_a_consumer_holds_and_an_ack_makes_room()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q");
        channel.Qos(2);
        channel.Consume("q");
        for (int i = 0; i < 5; i++)
        {
            channel.Publish("q", $"m{i}");
        }

        Assert.Equal("m0", channel.Client.ExpectDelivery().Text);
        Delivery second = channel.Client.ExpectDelivery();
        channel.Client.ExpectNothing();
        channel.Ack(second.Tag, multiple: true);
        Assert.Equal("m2", channel.Client.ExpectDelivery().Text);
        Assert.Equal("m3", channel.Client.ExpectDelivery().Text);
        channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_requeued_message_goes_back_to_where_it_was()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q");
        for (int i = 0; i < 6; i++)
        {
            channel.Publish("q", $"m{i}");
        }

        ulong[] tags = [.. Enumerable.Range(0, 4).Select(_ => ((BasicGetOk)channel.Get("q").Method).DeliveryTag)];
        channel.Reject(tags[2], requeue: true);
        channel.Reject(tags[0], requeue: true);
        channel.Nack(0, multiple: true);

        for (int i = 0; i < 6; i++)
        {
            Received got = channel.Get("q", noAck: true);
            Assert.Equal($"m{i}", got.Text);
            Assert.Equal(i < 4, ((BasicGetOk)got.Method).Redelivered);
        }
    }

    [Fact]
    public void A_confirm_waits_for_the_sync_and_a_delivery_does_not()
    {
        using var broker = new TestBroker(stepped: true);
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new QueueDeclare(TestChannel.Name("q"), false, true, false, false, false, FieldTable.Empty));
        channel.Client.ExpectNothing();
        broker.Sync();
        channel.Client.Expect<QueueDeclareOk>();
        channel.SelectConfirms();
        channel.Consume("q");

        channel.Publish("q", "a", persistent: true);
        channel.Publish("q", "b", persistent: true);
        Assert.Equal("a", channel.Client.ExpectDelivery().Text);
        Assert.Equal("b", channel.Client.ExpectDelivery().Text);
        channel.Client.ExpectNothing();
        broker.Sync();
        BasicAck ack = channel.Client.Expect<BasicAck>();
        Assert.Equal(2ul, ack.DeliveryTag);
        Assert.True(ack.Multiple);
    }

    [Fact]
    public void A_consumer_that_does_not_read_is_sent_a_bounded_number_of_bytes_and_holds_up_nobody()
    {
        using var broker = new TestBroker();
        TestClient slow = broker.Connect();
        TestChannel slowChannel = slow.OpenChannel();
        slowChannel.DeclareQueue("q");
        slowChannel.Consume("q");
        slow.Reads = false;
        TestChannel publisher = broker.Connect().OpenChannel();
        string body = new('x', 100_000);
        for (int i = 0; i < 30; i++)
        {
            publisher.Publish("q", body);
        }

        uint left = publisher.Passive("q").MessageCount;
        Assert.InRange(left, 15u, 20u);
        TestChannel other = broker.Connect().OpenChannel();
        other.Consume("q", noAck: true);
        Assert.Equal((int)left, other.Client.ReceivedCount);
        slow.Reads = true;
        slow.Read();
        Assert.Equal(30 - (int)left, slow.ReceivedCount);
    }

    [Fact]
    public void A_large_delivery_is_no_debt_but_messages_asked_for_and_not_taken_are()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("q");
        string body = new('b', 6 * 1024 * 1024);
        for (int i = 0; i < 3; i++)
        {
            channel.Publish("q", body);
        }

        channel.Client.Reads = false;
        channel.Send(new BasicConsume(TestChannel.Name("q"), TestChannel.Name("c"), false, false, false, false, FieldTable.Empty));
        Assert.False(channel.Client.IsOverdrawn);
        channel.Send(new BasicGet(TestChannel.Name("q"), NoAck: true));
        Assert.True(channel.Client.IsOverdrawn);
        channel.Client.Read();
        Assert.False(channel.Client.IsOverdrawn);
        broker.RunScheduled();
    }
}
