using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class PublishTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public PublishTests() => _channel = _broker.Connect().OpenChannel();

    [Fact]
    public void The_default_exchange_leads_to_the_queue_of_the_keys_name()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m");
        Received got = _channel.Get("q");
        Assert.Equal("m", got.Text);
        Assert.Equal(("", "q"), (((BasicGetOk)got.Method).Exchange.ToString(), ((BasicGetOk)got.Method).RoutingKey.ToString()));
    }

    [Fact]
    public void A_mandatory_message_without_a_queue_is_returned_before_its_confirm()
    {
        _channel.SelectConfirms();
        _channel.Publish("nowhere", "m", mandatory: true);
        Received returned = _channel.Client.Next();
        var method = Assert.IsType<BasicReturn>(returned.Method);
        Assert.Equal((ReplyCode.NoRoute, "NO_ROUTE", "", "nowhere"), (method.ReplyCode, method.ReplyText.ToString(), method.Exchange.ToString(), method.RoutingKey.ToString()));
        Assert.Equal("m", returned.Text);
        Assert.Equal(1ul, _channel.Client.Expect<BasicAck>().DeliveryTag);
    }

    [Fact]
    public void A_message_without_a_queue_is_confirmed()
    {
        _channel.SelectConfirms();
        _channel.Publish("nowhere", "m");
        Assert.Equal(1ul, _channel.Client.Expect<BasicAck>().DeliveryTag);
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_mandatory_message_taken_by_the_alternate_exchange_is_not_returned()
    {
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.fanout");
        _channel.DeclareExchange("x", "direct", arguments: Fields.Table("alternate-exchange=S:amq.fanout"));
        _channel.Publish("none", "m", exchange: "x", mandatory: true);
        Assert.Equal(["m"], _channel.Drain("q"));
    }

    [Fact]
    public void A_missing_exchange_is_not_found_and_the_channel_is_not_kept()
    {
        _channel.Publish("q", "m", exchange: "missing");
        ChannelClose close = _channel.ExpectClosed(ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
        Assert.Equal((60, 40), (close.FailedClassId, close.FailedMethodId));
        Assert.Equal(0, _channel.Client.ChannelCount);
        _channel.Publish("q", "swallowed", exchange: "missing");
        _channel.Client.ExpectNothing();
        _channel.Client.OpenChannel(1).DeclareQueue("q");
    }

    [Fact]
    public void Immediate_is_not_implemented()
    {
        _channel.Client.Run(b => b.Publish(_channel.Session, TestChannel.NewMessage("", "q", "m"), mandatory: false, immediate: true));
        _channel.Client.ExpectClosed(ReplyCode.NotImplemented, "immediate=true");
    }

    [Fact]
    public void CC_and_BCC_add_keys_each_queue_gets_one_copy_and_BCC_is_taken_away()
    {
        foreach (string queue in new[] { "a", "b", "c" })
        {
            _channel.DeclareQueue(queue);
        }

        _channel.Publish("a", "m", properties: p => p.SetHeaders(Fields.Table("CC=A[S:b,S:a] BCC=A[S:c] kept=I:1")));
        foreach (string queue in new[] { "a", "b", "c" })
        {
            Received got = _channel.Get(queue, noAck: true);
            Assert.Equal("a", ((BasicGetOk)got.Method).RoutingKey.ToString());
            Assert.Equal(Fields.Table("CC=A[S:b,S:a] kept=I:1"), got.Headers);
            Assert.IsType<BasicGetEmpty>(_channel.Get(queue).Method);
        }
    }

    [Fact]
    public void CC_must_be_a_list_of_strings()
    {
        _channel.Publish("a", "m", properties: p => p.SetHeaders(Fields.Table("CC=I:1")));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "invalid message: {unacceptable_type_in_header,\"CC\",signedint}");
    }

    [Theory]
    [InlineData("guest", true)]
    [InlineData("other", false)]
    public void The_user_id_must_be_the_users_own(string userId, bool accepted)
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m", properties: p => p.Set(BasicProperty.UserId, TestChannel.Name(userId)));
        if (accepted)
        {
            Assert.Equal(["m"], _channel.Drain("q"));
        }
        else
        {
            _channel.ExpectClosed(ReplyCode.PreconditionFailed, "user_id property set to 'other' but authenticated user was 'guest'");
        }
    }

    [Theory]
    [InlineData("-1", "invalid expiration '-1': {value_negative,-1}")]
    [InlineData("foobar", "invalid expiration 'foobar': no_integer")]
    [InlineData("10000foobar", "invalid expiration '10000foobar': {leftover_string,\"foobar\"}")]
    public void An_expiration_that_is_no_number_is_refused(string expiration, string text)
    {
        _channel.Publish("q", "m", properties: p => p.Set(BasicProperty.Expiration, TestChannel.Name(expiration)));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    public void Dispose() => _broker.Dispose();
}
