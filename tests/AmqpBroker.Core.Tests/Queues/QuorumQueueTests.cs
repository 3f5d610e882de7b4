using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
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

    [Fact]
    public void A_consumer_of_a_higher_priority_becomes_the_single_active_one_when_that_has_settled_all_it_has()
    {
        Declare("q", "x-single-active-consumer=t:1");
        _channel.Qos(2);
        _channel.Consume("q", "low");
        Publish("q", 2);
        Assert.All(_client.ExpectDeliveries(2), d => Assert.Equal("low", d.ConsumerTag));
        _channel.Consume("q", "high", arguments: Fields.Table("x-priority=I:5"));
        Publish("q", 1);
        _channel.Ack(1);
        _client.ExpectNothing();
        _channel.Ack(2);
        Assert.Equal("high", _client.ExpectDelivery().ConsumerTag);
        _channel.Consume("q", "as high", arguments: Fields.Table("x-priority=I:5"));
        _channel.Ack(3);
        Publish("q", 1);
        Assert.Equal("high", _client.ExpectDelivery().ConsumerTag);
    }

    [Fact]
    public void An_active_consumer_with_nothing_unacknowledged_yields_at_once()
    {
        Declare("q", "x-single-active-consumer=t:1");
        _channel.Consume("q", "low");
        _channel.Consume("q", "high", arguments: Fields.Table("x-priority=I:1"));
        Publish("q", 2);
        Assert.All(_client.ExpectDeliveries(2), d => Assert.Equal("high", d.ConsumerTag));
        _channel.Cancel("high");
        Publish("q", 1);
        Assert.Equal("low", _client.ExpectDelivery().ConsumerTag);
    }

    [Fact]
    public void If_the_higher_one_goes_before_its_turn_the_active_one_goes_on()
    {
        Declare("q", "x-single-active-consumer=t:1");
        _channel.Consume("q", "low");
        Publish("q", 1);
        _client.ExpectDelivery();
        _channel.Consume("q", "high", arguments: Fields.Table("x-priority=I:1"));
        Publish("q", 1);
        _client.ExpectNothing();
        _channel.Cancel("high");
        Assert.Equal("low", _client.ExpectDelivery().ConsumerTag);
    }

    [Fact]
    public void Messages_come_by_priority_and_one_without_has_4()
    {
        Declare("q");
        byte?[] priorities = [3, null, 4, 5, 31, 255, 0];
        foreach (byte? priority in priorities)
        {
            _channel.Publish("q", $"{priority}", persistent: true, properties: p =>
            {
                if (priority is { } value)
                {
                    p.Set(BasicProperty.Priority, value);
                }
            });
        }

        string[] expected = ["31", "255", "5", "", "4", "3", "0"];
        using TestBroker again = _broker.Restart();
        TestChannel channel = again.Connect().OpenChannel();
        channel.Nack(Enumerable.Range(0, 7).Select(_ => channel.Take("q")).Last(), multiple: true);
        Assert.Equal(expected, channel.Drain("q"));
        Assert.Equal(expected, _channel.Drain("q"));
    }

    [Fact]
    public void A_consumer_is_offered_what_came_back_before_the_queue_drops_what_is_too_much()
    {
        Declare("q", "x-max-length=I:2");
        _channel.Qos(1);
        _channel.Consume("q", "c");
        for (int i = 0; i < 3; i++)
        {
            _channel.Publish("q", $"m{i}");
        }

        _client.ExpectDelivery();
        _channel.Nack(1);
        Assert.Equal("m0", _client.ExpectDelivery().Text);
        _channel.Cancel("c");
        _channel.Nack(2);
        Assert.Equal(["m1", "m2"], _channel.Drain("q"));
    }

    [Fact]
    public void The_delivery_count_stands_in_its_place_among_sorted_headers()
    {
        Declare("q");
        _channel.Publish("q", "m", properties: p => p.SetHeaders(Fields.Table("z=I:1 a=I:2")));
        Received got = _channel.Get("q");
        List<string> names = [];
        FieldTableScanner headers = got.Headers.Scan();
        while (headers.MoveNext())
        {
            names.Add(System.Text.Encoding.UTF8.GetString(headers.Name));
        }

        Assert.Equal(["a", "x-delivery-count", "z"], names);
    }

    private void Publish(string queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _channel.Publish(queue, "m");
        }
    }

    private void Declare(string name, string arguments = "") =>
        _channel.DeclareQueue(name, durable: true, arguments: Fields.Table($"x-queue-type=S:quorum {arguments}".Trim()));

    public void Dispose() => _broker.Dispose();
}
