using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

public class CarbonCopyTests
{
    // Each row was tried on RabbitMQ 3.10.8.
    [Theory]
    [InlineData("CC=S:x", "CC", "longstr")]
    [InlineData("CC=I:5", "CC", "signedint")]
    [InlineData("CC=V", "CC", "void")]
    [InlineData("CC=F[a=I:1]", "CC", "table")]
    [InlineData("CC=x:a", "CC", "binary")]
    [InlineData("BCC=S:x", "BCC", "longstr")]
    [InlineData("BCC=t:1", "BCC", "bool")]
    [InlineData("BCC=I:6 CC=I:5", "CC", "signedint")]
    public void Anything_but_an_array_is_refused(string headers, string name, string type)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => CarbonCopy.Read(Fields.Raw(headers), []));
        Assert.Equal(
            (ReplyCode.PreconditionFailed, $"invalid message: {{unacceptable_type_in_header,\"{name}\",{type}}}"),
            (refused.Code, refused.Text));
    }

    [Theory]
    [InlineData("", false, "")]
    [InlineData("cc=I:5", false, "")]
    [InlineData("CC=A[]", false, "")]
    [InlineData("CC=A[S:a,I:5,V,x:b,A[S:c],S:d]", false, "a d")]
    [InlineData("BCC=A[S:b] x=S:CC CC=A[S:c]", true, "c b")]
    [InlineData("BCC=A[I:1]", true, "")]
    public void The_long_strings_are_keys_those_of_CC_first(string headers, bool hasBcc, string keys)
    {
        var read = new List<ShortString>();
        Assert.Equal(hasBcc, CarbonCopy.Read(Fields.Raw(headers), read));
        Assert.Equal(keys, string.Join(' ', read));
    }

    [Fact]
    public void A_key_too_long_for_a_routing_key_is_passed_over()
    {
        var read = new List<ShortString>();
        CarbonCopy.Read(Fields.Raw($"CC=A[S:{new string('k', 256)},S:{new string('l', 255)}]"), read);
        Assert.Equal(255, Assert.Single(read).Length);
    }

    [Fact]
    public void Headers_without_keys_and_keys_seen_before_allocate_nothing()
    {
        byte[] plain = Fields.Raw("a=S:text b=I:1");
        byte[] copies = Fields.Raw("CC=A[S:a]");
        var keys = new List<ShortString>(8);
        var cache = new ShortStringCache();
        Assert.Equal(0, Allocations.Least(() =>
        {
            CarbonCopy.Read(plain, keys, cache);
            CarbonCopy.Read(copies, keys, cache);
        }));
    }
}
