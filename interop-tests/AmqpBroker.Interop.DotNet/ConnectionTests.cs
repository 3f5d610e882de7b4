using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class ConnectionTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    /// <summary>Clients choose what they do by these, connection.blocked among them.</summary>
    [Theory]
    [InlineData("publisher_confirms")]
    [InlineData("exchange_exchange_bindings")]
    [InlineData("basic.nack")]
    [InlineData("consumer_cancel_notify")]
    [InlineData("connection.blocked")]
    [InlineData("consumer_priorities")]
    [InlineData("authentication_failure_close")]
    [InlineData("per_consumer_qos")]
    [InlineData("direct_reply_to")]
    public void server_capability(string capability)
    {
        Dictionary<string, object?> capabilities =
            Assert.IsType<Dictionary<string, object?>>(Connection.ServerProperties!["capabilities"]);
        Assert.Equal(true, capabilities[capability]);
    }

    [Fact]
    public void server_limits()
    {
        Assert.Equal((2047, 131_072u), (Connection.ChannelMax, Connection.FrameMax));
        Assert.Equal(TimeSpan.FromSeconds(60), Connection.Heartbeat);
    }

    /// <summary>The smallest frames the protocol allows: bodies are cut into a hundred times more pieces.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task small_frames()
    {
        string queue = await DeclareQueueAsync("bodies");
        ConnectionFactory factory = Factory();
        factory.RequestedFrameMax = 4096;
        await using IConnection small = await factory.CreateConnectionAsync();
        Assert.Equal(4096u, small.FrameMax);
        await using IChannel channel = await small.CreateChannelAsync();
        byte[] body = new byte[1024 * 1024];
        new Random(4096).NextBytes(body);

        await channel.BasicPublishAsync("", queue, body);
        Inbox fromSmallToLarge = await Inbox.ConsumeAsync(Channel, queue, autoAck: true);
        Assert.True((await fromSmallToLarge.TakeAsync()).Body.AsSpan().SequenceEqual(body));

        string other = await DeclareQueueAsync("other");
        await Channel.BasicPublishAsync("", other, body);
        Inbox fromLargeToSmall = await Inbox.ConsumeAsync(channel, other, autoAck: true);
        Assert.True((await fromLargeToSmall.TakeAsync()).Body.AsSpan().SequenceEqual(body));
    }

    /// <summary>An idle connection lives on heartbeats, which each side misses if the other sends none for twice the time.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task heartbeats()
    {
        ConnectionFactory factory = Factory();
        factory.RequestedHeartbeat = TimeSpan.FromSeconds(1);
        factory.AutomaticRecoveryEnabled = false;
        await using IConnection idle = await factory.CreateConnectionAsync();
        Assert.Equal(TimeSpan.FromSeconds(1), idle.Heartbeat);
        TaskCompletionSource<ShutdownEventArgs> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        idle.ConnectionShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason);
            return Task.CompletedTask;
        };

        Task ended = await Task.WhenAny(closed.Task, Task.Delay(TimeSpan.FromSeconds(4)));
        Assert.True(ended != closed.Task, closed.Task.IsCompleted ? $"closed: {await closed.Task}" : "");
        await using IChannel channel = await idle.CreateChannelAsync();
        await channel.QueueDeclareAsync();
    }
}
