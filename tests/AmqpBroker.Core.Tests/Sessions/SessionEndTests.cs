using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class SessionEndTests
{
    [Theory]
    [InlineData("channel closed")]
    [InlineData("channel failed")]
    [InlineData("connection closed")]
    [InlineData("connection failed")]
    [InlineData("peer gone")]
    public void Whatever_ends_gives_back_its_messages_in_order_and_cancels_its_consumers(string end)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        TestChannel other = broker.Connect().OpenChannel();
        other.DeclareQueue("q");
        for (int i = 0; i < 5; i++)
        {
            other.Publish("q", $"m{i}");
        }

        channel.Take("q");
        channel.Qos(2);
        channel.Consume("q");
        channel.Client.ExpectDeliveries(2);
        other.Take("q");
        switch (end)
        {
            case "channel closed":
                channel.Close();
                break;
            case "channel failed":
                channel.Ack(99);
                channel.ExpectClosed(ReplyCode.PreconditionFailed);
                break;
            case "connection closed":
                channel.Client.Close();
                channel.Client.Expect<ConnectionCloseOk>();
                break;
            case "connection failed":
                channel.Send(new BasicQos(1, 1, false));
                channel.Client.Expect<ConnectionClose>();
                break;
            default:
                channel.Client.Close(SessionEnd.PeerGone);
                channel.Client.ExpectNothing();
                break;
        }

        Assert.Equal(0u, other.Passive("q").ConsumerCount);
        Assert.Equal(["m0", "m1", "m2", "m4"], other.Drain("q"));
        other.Publish("q", "late");
        channel.Client.ExpectNothing();
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void The_channels_of_a_connection_end_by_their_numbers_whichever_was_opened_first(ushort holding, ushort consuming)
    {
        using var broker = new TestBroker();
        TestChannel other = broker.Connect().OpenChannel();
        other.DeclareQueue("dead");
        other.DeclareQueue(
            "q", autoDelete: true, arguments: Fields.Table("x-delivery-limit=I:0 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        TestClient client = broker.Connect();
        client.OpenChannel(3).Close();
        TestChannel holder = client.OpenChannel(holding);
        other.Publish("q", "m");
        holder.Take("q");
        client.OpenChannel(consuming).Consume("q");
        client.Close(SessionEnd.PeerGone);

        // The message comes back once too often and dies, if the queue does not go first.
        Assert.False(other.HasQueue("q"));
        Assert.Equal(holding < consuming ? ["m"] : [], other.Drain("dead"));
    }

    [Fact]
    public void Failed_channels_are_not_kept()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        for (int i = 0; i < 100; i++)
        {
            TestChannel channel = client.OpenChannel();
            channel.Ack(1);
            channel.ExpectClosed(ReplyCode.PreconditionFailed);
        }

        Assert.Equal(0, client.ChannelCount);
    }

    [Fact]
    public void A_close_that_crosses_the_servers_is_answered()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Ack(1);
        channel.ExpectClosed(ReplyCode.PreconditionFailed);
        channel.Close();
    }

    [Fact]
    public void Flow_may_only_be_asked_to_go_on_and_a_ticket_means_nothing()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new ChannelFlow(Active: true));
        Assert.True(channel.Client.Expect<ChannelFlowOk>().Active);
        channel.Send(new AccessRequest(TestChannel.Name("/"), false, false, false, false, false));
        channel.Client.Expect<AccessRequestOk>();
        channel.Send(new ChannelFlow(Active: false));
        channel.Client.ExpectClosed(ReplyCode.NotImplemented, "active=false");
    }

    [Fact]
    public void Delivery_tags_begin_at_1_on_every_channel_and_rise_by_1()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        TestChannel first = client.OpenChannel();
        first.DeclareQueue("q");
        for (int i = 0; i < 6; i++)
        {
            first.Publish("q", "m");
        }

        Assert.Equal(1ul, first.Take("q"));
        Assert.Equal(2ul, ((BasicGetOk)first.Get("q", noAck: true).Method).DeliveryTag);
        Assert.Equal(3ul, first.Take("q"));
        Assert.Equal(1ul, client.OpenChannel(2).Take("q"));
    }
}
