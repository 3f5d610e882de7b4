using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class ExpiryOrderTests
{
    [Fact]
    public void Messages_that_expire_in_one_millisecond_are_dead_lettered_in_the_queue_s_order()
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("dead");
        channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:100 x-dead-letter-exchange=S:amq.fanout"));
        channel.Bind("dead", "amq.fanout");
        string[] sent = [.. Enumerable.Range(0, 20).Select(i => $"m{i}")];
        foreach (string body in sent)
        {
            channel.Publish("q", body);
        }

        channel.Consume("dead", noAck: true);
        broker.Clock.Advance(100);

        Assert.Equal(sent, sent.Select(_ => channel.Client.ExpectDelivery().Text));
    }
}
