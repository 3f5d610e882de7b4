using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

/// <summary>Each text was given by RabbitMQ 3.10.8 for this row.</summary>
public class ExchangeArgumentsTests
{
    private static readonly ShortString s_name = ShortString.FromString("xq");

    [Theory]
    [InlineData("alternate-exchange=I:1", "signedint")]
    [InlineData("alternate-exchange=T:1", "timestamp")]
    [InlineData("alternate-exchange=V", "void")]
    [InlineData("alternate-exchange=x:a", "binary")]
    public void An_alternate_exchange_is_a_long_string(string arguments, string type)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => ExchangeArguments.Parse(Fields.Table(arguments), s_name, "/"));
        Assert.Equal(
            (ReplyCode.PreconditionFailed, $"invalid type '{type}' for arg 'alternate-exchange' in exchange 'xq' in vhost '/'"),
            (refused.Code, refused.Text));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("alternate-exchange=S:", "")]
    [InlineData("x=I:1 alternate-exchange=S:a", "a")]
    public void The_alternate_exchange_is_read(string arguments, string? name) =>
        Assert.Equal(name, ExchangeArguments.Parse(Fields.Table(arguments), s_name, "/")?.ToString());

    [Theory]
    [InlineData("alternate-exchange=S:a", "alternate-exchange=S:b", "received 'b' but current is 'a'")]
    [InlineData("", "alternate-exchange=S:b", "received the value 'b' of type 'longstr' but current is none")]
    [InlineData("alternate-exchange=S:a", "", "received none but current is the value 'a' of type 'longstr'")]
    [InlineData("alternate-exchange=S:a", "alternate-exchange=I:1", "received '1' but current is 'a'")]
    [InlineData("alternate-exchange=S:", "", "received none but current is the value '' of type 'longstr'")]
    public void A_different_alternate_exchange_is_refused(string current, string received, string text) =>
        Refused(current, Received("direct", arguments: received), $"inequivalent arg 'alternate-exchange' for exchange 'xq' in vhost '/': {text}");

    [Theory]
    [InlineData("topic", true, true, true, "'type'", "'topic'", "'direct'")]
    [InlineData("direct", true, true, true, "'durable'", "'true'", "'false'")]
    [InlineData("direct", false, true, true, "'auto_delete'", "'true'", "'false'")]
    [InlineData("direct", false, false, true, "'internal'", "'true'", "'false'")]
    public void Properties_are_compared_in_order_before_arguments(
        string type, bool durable, bool autoDelete, bool isInternal, string name, string received, string current) =>
        Refused(
            "",
            Received(type, durable, autoDelete, isInternal, "alternate-exchange=S:b"),
            $"inequivalent arg {name} for exchange 'xq' in vhost '/': received {received} but current is {current}");

    [Theory]
    [InlineData("", "x=I:1")]
    [InlineData("x=I:1", "x=I:2")]
    [InlineData("alternate-exchange=S:a", "alternate-exchange=S:a")]
    public void Other_arguments_are_not_compared(string current, string received)
    {
        (ExchangeType type, ExchangeProperties properties) = Received("direct", arguments: received);
        ExchangeArguments.CheckEquivalent(Existing(current), type, properties, "/");
    }

    private static (ExchangeType Type, ExchangeProperties Properties) Received(
        string type, bool durable = false, bool autoDelete = false, bool isInternal = false, string arguments = "") =>
        (ExchangeTypes.Get(ShortString.FromString(type)), new ExchangeProperties(s_name, durable, autoDelete, isInternal, Fields.Table(arguments)));

    private static Exchange Existing(string arguments) =>
        ExchangeTypes.Create(
            ShortString.FromString("direct"),
            new ExchangeProperties(s_name, Durable: false, AutoDelete: false, Internal: false, Fields.Table(arguments)));

    private static void Refused(string current, (ExchangeType Type, ExchangeProperties Properties) received, string text)
    {
        ChannelException refused = Assert.Throws<ChannelException>(
            () => ExchangeArguments.CheckEquivalent(Existing(current), received.Type, received.Properties, "/"));
        Assert.Equal((ReplyCode.PreconditionFailed, text), (refused.Code, refused.Text));
    }
}
