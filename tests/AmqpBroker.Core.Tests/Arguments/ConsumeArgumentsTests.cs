using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

public class ConsumeArgumentsTests
{
    // Given by RabbitMQ 3.10.8, but for x-consumer-timeout, which it does not know.
    [Theory]
    [InlineData("x-priority=S:x", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got longstr\"")]
    [InlineData("x-priority=V", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got void\"")]
    [InlineData("x-priority=A[I:1]", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got array\"")]
    [InlineData("x-priority=F[]", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got table\"")]
    [InlineData("x-priority=d:1", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got double\"")]
    [InlineData("x-priority=T:1", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got timestamp\"")]
    [InlineData("x-cancel-on-ha-failover=I:1", "'x-cancel-on-ha-failover' for queue 'cq' in vhost '/': {unacceptable_type,signedint}")]
    [InlineData("x-cancel-on-ha-failover=I:1 x-priority=S:x", "'x-priority' for queue 'cq' in vhost '/': \"expected integer, got longstr\"")]
    [InlineData("x-stream-offset=S:first", "'x-stream-offset' for queue 'cq' in vhost '/' of queue type rabbit_classic_queue")]
    [InlineData("x-consumer-timeout=S:x", "'x-consumer-timeout' for queue 'cq' in vhost '/': \"expected integer, got longstr\"")]
    public void A_wrong_value_is_refused(string arguments, string text)
    {
        ChannelException refused = Assert.Throws<ChannelException>(() => Parse(arguments));
        Assert.Equal((ReplyCode.PreconditionFailed, "invalid arg " + text), (refused.Code, refused.Text));
    }

    [Theory]
    [InlineData("", 0, null)]
    [InlineData("x-priority=I:-5", -5, null)]
    [InlineData("x-priority=l:4611686018427387904", 4611686018427387904, null)]
    [InlineData("x-foo=V x-cancel-on-ha-failover=t:1 x-consumer-timeout=I:1000 x-priority=B:1", 1, 1000L)]
    public void Values_are_typed(string arguments, long priority, long? timeoutMs) =>
        Assert.Equal(new ConsumeArguments(priority, timeoutMs), Parse(arguments));

    private static ConsumeArguments Parse(string arguments) =>
        ConsumeArguments.Parse(Fields.Table(arguments), ShortString.FromString("cq"), QueueType.Classic, "/");
}
