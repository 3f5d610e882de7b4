using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

/// <summary>A broker of its own (the class's fixture comes before the assembly's), since it is restarted.</summary>
public sealed class RestartTests(BrokerFixture fixture) : ClientTest(fixture.Broker), IClassFixture<BrokerFixture>
{
    [Fact(Timeout = TimeoutMs)]
    public async Task reconnect_after_restart()
    {
        const int Messages = 20;
        string backlog = await DeclareQueueAsync("backlog");
        string live = await DeclareQueueAsync("live");
        string news = Unique("news");
        await Channel.ExchangeDeclareAsync(news, ExchangeType.Fanout, durable: false, autoDelete: false);

        ConnectionFactory recovering = Factory();
        recovering.NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200);
        await using IConnection connection = await recovering.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicQosAsync(0, prefetchCount: 5, global: false);
        // What the client must restore: an exclusive queue that the server names, its binding, a transient exchange.
        await channel.ExchangeDeclareAsync(news, ExchangeType.Fanout, durable: false, autoDelete: false);
        QueueDeclareOk subscription = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(subscription.QueueName, news, "");
        Inbox liveInbox = await Inbox.ConsumeAsync(channel, live, autoAck: false);
        Inbox newsInbox = await Inbox.ConsumeAsync(channel, subscription.QueueName, autoAck: true);
        for (int i = 0; i < Messages; i++)
        {
            await channel.BasicPublishAsync("", backlog, true, new BasicProperties { Persistent = true }, Bytes($"kept {i}"));
        }

        await channel.BasicPublishAsync("", live, true, new BasicProperties { Persistent = true }, Bytes("unacknowledged"));
        Assert.Equal("unacknowledged", (await liveInbox.TakeAsync()).Text);

        TaskCompletionSource<ShutdownEventArgs> shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            shutdown.TrySetResult(reason);
            return Task.CompletedTask;
        };
        connection.RecoverySucceededAsync += (_, _) =>
        {
            recovered.TrySetResult();
            return Task.CompletedTask;
        };
        await Broker.RestartAsync();
        ShutdownEventArgs reason = await shutdown.Task.WaitAsync(Wait);
        Assert.Equal(
            (320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"),
            (reason.ReplyCode, reason.ReplyText));
        await recovered.Task.WaitAsync(Wait);

        // The same channel and the same consumers go on.
        Delivery again = await liveInbox.TakeAsync();
        Assert.Equal("unacknowledged", again.Text);
        await again.AckAsync();
        await channel.BasicPublishAsync("", live, true, new BasicProperties { Persistent = true }, Bytes("after"));
        Assert.Equal(["after"], await liveInbox.TakeTextsAsync(1));
        await channel.BasicPublishAsync(news, "", true, new BasicProperties(), Bytes("flash"));
        Assert.Equal(["flash"], await newsInbox.TakeTextsAsync(1));

        Assert.Equal((uint)Messages, (await channel.QueueDeclarePassiveAsync(backlog)).MessageCount);
        for (int i = 0; i < Messages; i++)
        {
            BasicGetResult? kept = await channel.BasicGetAsync(backlog, autoAck: true);
            Assert.Equal($"kept {i}", System.Text.Encoding.UTF8.GetString(kept!.Body.Span));
            Assert.True(kept.BasicProperties.Persistent);
            Assert.False(kept.Redelivered);
        }
    }

    /// <summary>What was confirmed outlives a crash, in its order; the client comes back by itself.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task reconnect_after_kill()
    {
        const int Messages = 200;
        string queue = await DeclareQueueAsync("ledger");
        ConnectionFactory recovering = Factory();
        recovering.NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200);
        await using IConnection connection = await recovering.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        BasicProperties persistent = new() { Persistent = true };
        Task[] confirmed = [.. Enumerable.Range(0, Messages).Select(i =>
            channel.BasicPublishAsync("", queue, mandatory: true, persistent, Bytes($"{i}")).AsTask())];
        await Task.WhenAll(confirmed).WaitAsync(Wait);

        TaskCompletionSource recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.RecoverySucceededAsync += (_, _) =>
        {
            recovered.TrySetResult();
            return Task.CompletedTask;
        };
        await Broker.KillAndRestartAsync();
        await recovered.Task.WaitAsync(Wait);

        Inbox inbox = await Inbox.ConsumeAsync(channel, queue, autoAck: true);
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), await inbox.TakeTextsAsync(Messages));
    }
}
