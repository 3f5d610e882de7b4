using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class QuorumQueueTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestClient _client;
    private readonly TestChannel _channel;

    public QuorumQueueTests()
    {
        _client = _broker.Connect();
        _channel = _client.OpenChannel();
    }

    [Fact]
    public void Messages_are_taken_kept_and_delivered_as_in_any_durable_queue()
    {
        Declare("q");
        for (int i = 0; i < 4; i++)
        {
            _channel.Publish("q", $"m{i}", persistent: true);
        }

        _channel.Qos(2);
        _channel.Consume("q");
        Assert.Equal(["m0", "m1"], _client.ExpectDeliveries(2).Select(d => d.Text));
        _channel.Ack(1);
        Assert.Equal("m2", _client.ExpectDelivery().Text);
        using TestBroker again = _broker.Restart();
        Assert.Equal(["m1", "m2", "m3"], again.Connect().OpenChannel().Drain("q"));
    }

    [Theory]
    [InlineData("", 20)]
    [InlineData("x-delivery-limit=I:1", 1)]
    [InlineData("x-delivery-limit=I:-1", 100)]
    public void Without_a_limit_of_its_own_a_message_comes_back_twenty_times(string arguments, int times)
    {
        _channel.DeclareQueue("dead");
        Declare("q", arguments + " x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead");
        _channel.Publish("q", "m");
        for (int i = 0; i < times; i++)
        {
            _channel.Nack(_channel.Take("q"));
        }

        Assert.Equal((1u, 0u), (_channel.Ready("q"), _channel.Ready("dead")));
        _channel.Nack(_channel.Take("q"));
        bool limited = times < 100;
        Assert.Equal((limited ? 0u : 1u, limited ? 1u : 0u), (_channel.Ready("q"), _channel.Ready("dead")));
    }

    private void Declare(string name, string arguments = "") =>
        _channel.DeclareQueue(name, durable: true, arguments: Fields.Table($"x-queue-type=S:quorum {arguments}".Trim()));

    public void Dispose() => _broker.Dispose();
}
