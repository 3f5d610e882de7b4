using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

public class NamesTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\n", "ab")]
    [InlineData("\r", "")]
    public void Names_lose_line_breaks(string name, string stripped) =>
        Assert.Equal(stripped, Names.Strip(ShortString.FromString(name)).ToString());

    [Fact]
    public void A_name_without_line_breaks_is_not_copied()
    {
        ShortString name = ShortString.FromString("plain");
        Assert.Same(name, Names.Strip(name));
    }

    [Fact]
    public void Names_of_the_server_are_refused()
    {
        ShortString name = ShortString.FromString("amq.x");
        ChannelException queue = Assert.Throws<ChannelException>(() => Names.CheckDeclaredQueue(name));
        Assert.Equal((ReplyCode.AccessRefused, "queue name 'amq.x' contains reserved prefix 'amq.*'"), (queue.Code, queue.Text));
        ChannelException exchange = Assert.Throws<ChannelException>(() => Names.CheckNewExchange(name));
        Assert.Equal("exchange name 'amq.x' contains reserved prefix 'amq.*'", exchange.Text);
        Names.CheckDeclaredQueue(ShortString.FromString("amqx"));
        Names.CheckNewExchange(ShortString.FromString("AMQ.x"));
    }

    [Fact]
    public void Server_made_names_are_22_characters_from_the_random_source()
    {
        Assert.Equal("amq.gen-AAAAAAAAAAAAAAAAAAAAAA", Names.ServerNamedQueue(bytes => bytes.Clear()).ToString());
        Assert.Equal("amq.ctag-_____________________w", Names.ConsumerTag(bytes => bytes.Fill(0xFF)).ToString());
    }
}
