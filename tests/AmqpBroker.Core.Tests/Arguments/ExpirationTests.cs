using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

/// <summary>Each row was tried on RabbitMQ 3.10.8.</summary>
public class ExpirationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("+5", 5)]
    [InlineData("01", 1)]
    [InlineData("00", 0)]
    [InlineData("315360000000", 315_360_000_000)]
    public void An_integer_is_taken(string text, long expirationMs) =>
        Assert.Equal(expirationMs, Expiration.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("-1", "{value_negative,-1}")]
    [InlineData("", "no_integer")]
    [InlineData(" 1", "no_integer")]
    [InlineData("1 ", "{leftover_string,\" \"}")]
    [InlineData("1.5", "{leftover_string,\".5\"}")]
    [InlineData("abc", "no_integer")]
    [InlineData("10000foobar", "{leftover_string,\"foobar\"}")]
    [InlineData("315360000001", "{value_too_large,315360000001}")]
    [InlineData("315360000001x", "{leftover_string,\"x\"}")]
    [InlineData("999999999999999999", "{value_too_large,999999999999999999}")]
    [InlineData("9999999999999999999", "{value_too_large,\n                                           9999999999999999999}")]
    [InlineData("-999999999999999999", "{value_negative,-999999999999999999}")]
    [InlineData("-9999999999999999999", "{value_negative,\n                                            -9999999999999999999}")]
    [InlineData("5-", "{leftover_string,\"-\"}")]
    [InlineData("é", "no_integer")]
    [InlineData("5é", "{leftover_string,\"é\"}")]
    [InlineData("٣", "no_integer")]
    [InlineData("1e3", "{leftover_string,\"e3\"}")]
    [InlineData("--1", "no_integer")]
    [InlineData("-", "no_integer")]
    [InlineData("+", "no_integer")]
    [InlineData("+-5", "no_integer")]
    [InlineData("-a", "no_integer")]
    [InlineData("-1a", "{leftover_string,\"a\"}")]
    [InlineData("5\"a", "{leftover_string,\"\\\"a\"}")]
    [InlineData("5\\", "{leftover_string,\"\\\\\"}")]
    [InlineData("5\n", "{leftover_string,\"\\n\"}")]
    [InlineData("5\u0001", "{leftover_string,[1]}")]
    [InlineData("5aaaaaaaaaaaaaaaaa", "{leftover_string,\"aaaaaaaaaaaaaaaaa\"}")]
    [InlineData("5aaaaaaaaaaaaaaaaaa", "{leftover_string,\n                                           \"aaaaaaaaaaaaaaaaaa\"}")]
    public void Anything_else_is_refused(string text, string reason)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => Expiration.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal((ReplyCode.PreconditionFailed, $"invalid expiration '{text}': {reason}"), (refused.Code, refused.Text));
    }

    [Fact]
    public void A_valid_text_allocates_nothing()
    {
        Assert.Equal(0, Allocations.Least(() => Expiration.Parse("60000"u8)));
    }
}
