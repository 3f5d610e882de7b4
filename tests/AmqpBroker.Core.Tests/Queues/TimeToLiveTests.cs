using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class TimeToLiveTests : IDisposable
{
    private const string ToDead = "x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead";

    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public TimeToLiveTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("dead", durable: true);
    }

    [Theory]
    [InlineData(100, 300, 100)]
    [InlineData(300, 100, 100)]
    [InlineData(-1, 100, 100)]
    [InlineData(100, -1, 100)]
    public void The_shorter_of_the_queues_and_the_messages_counts(int queueMs, int messageMs, int livesMs)
    {
        _channel.DeclareQueue("q", arguments: queueMs < 0 ? null : Fields.Table($"x-message-ttl=I:{queueMs}"));
        Publish("m", messageMs);
        _broker.Advance(livesMs - 1);
        Assert.Equal(1u, _channel.Ready("q"));
        _broker.Advance(1);
        Assert.Equal(0u, _channel.Ready("q"));
    }

    [Fact]
    public void Expiry_in_the_middle_takes_only_what_is_due()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table(ToDead));
        Publish("long", 500);
        Publish("short", 100);
        Publish("never", -1);
        _broker.Advance(100);
        Assert.Equal(["short"], _channel.Drain("dead"));
        Assert.Equal(["long", "never"], _channel.Drain("q"));
    }

    [Fact]
    public void What_came_in_one_millisecond_dies_in_order()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:100 " + ToDead));
        for (int i = 0; i < 50; i++)
        {
            Publish($"m{i}");
        }

        _broker.Advance(100);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"m{i}"), _channel.Drain("dead"));
    }

    [Fact]
    public void Mass_expiry_comes_in_slices_until_all_is_done()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:100 " + ToDead));
        for (int i = 0; i < 2000; i++)
        {
            Publish("m");
        }

        _broker.Advance(100);
        Assert.Equal((0u, 2000u), (_channel.Ready("q"), _channel.Ready("dead")));
    }

    [Fact]
    public void A_time_to_live_of_0_goes_to_a_waiting_consumer_or_dies_at_once()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:0 " + ToDead));
        Publish("dies");
        Assert.Equal(["dies"], _channel.Drain("dead"));
        _channel.Qos(1);
        _channel.Consume("q");
        Publish("lives");
        Publish("dies too");
        Delivery got = _channel.Client.ExpectDelivery();
        Assert.Equal("lives", got.Text);
        Assert.Equal(["dies too"], _channel.Drain("dead"));
        _channel.Nack(got.Tag);
        _channel.Client.ExpectNothing();
        Assert.Equal(["lives"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_message_requeued_past_its_deadline_expires_in_order_and_one_requeued_before_keeps_it()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:100 " + ToDead));
        for (int i = 0; i < 4; i++)
        {
            Publish($"m{i}");
        }

        ulong[] tags = [.. Enumerable.Range(0, 4).Select(_ => _channel.Take("q"))];
        _broker.Advance(50);
        _channel.Nack(tags[3]);
        _broker.Advance(50);
        Assert.Equal(["m3"], _channel.Drain("dead"));
        _broker.Advance(50);
        Assert.Equal(0u, _channel.Ready("dead"));
        _channel.Nack(0, multiple: true);
        Assert.Equal(["m0", "m1", "m2"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_deadline_survives_a_restart_and_what_expired_meanwhile_is_dead_lettered_at_start()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table(ToDead));
        Publish("short", 100, persistent: true);
        Publish("long", 5000, persistent: true);
        using TestBroker again = RestartAfter(1000);
        TestChannel channel = again.Connect().OpenChannel();
        Assert.Equal(["short"], channel.Drain("dead"));
        again.Advance(3999);
        Assert.Equal(1u, channel.Ready("q"));
        again.Advance(1);
        Assert.Equal(["long"], channel.Drain("dead"));
    }

    [Fact]
    public void A_deadline_after_a_restart_needs_no_command_to_be_kept()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table(ToDead));
        Publish("m", 100, persistent: true);
        using TestBroker again = _broker.Restart();
        again.Advance(100);
        Assert.Equal(0, again.Host.Queues[TestChannel.Name("q")].ReadyCount);
        Assert.Equal(1, again.Host.Queues[TestChannel.Name("dead")].ReadyCount);
    }

    [Fact]
    public void The_lease_of_an_unused_queue_begins_anew_at_a_restart()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-expires=I:1000"));
        using TestBroker again = RestartAfter(900);
        again.Advance(999);
        Assert.True(again.Host.Queues.ContainsKey(TestChannel.Name("q")));
        again.Advance(1);
        Assert.False(again.Host.Queues.ContainsKey(TestChannel.Name("q")));
    }

    private TestBroker RestartAfter(long milliseconds)
    {
        // The old broker is dead: its timers do not fire while time passes.
        _broker.Runtime.Dispose();
        _broker.Clock.Advance(milliseconds);
        return _broker.Restart();
    }

    private void Publish(string body, int expirationMs = -1, bool persistent = false) =>
        _channel.Publish("q", body, persistent: persistent, properties: expirationMs < 0
            ? null
            : p => p.Set(BasicProperty.Expiration, TestChannel.Name($"{expirationMs}")));

    public void Dispose() => _broker.Dispose();
}
