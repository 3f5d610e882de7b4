using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

/// <summary>A broker of its own (the class's fixture comes before the assembly's), since it is restarted.</summary>
public sealed class RestartTests(BrokerFixture fixture) : ClientTest(fixture.Broker), IClassFixture<BrokerFixture>
{
    [Fact(Timeout = TimeoutMs)]
    public async Task reconnect_after_restart()
    {
        const int Messages = 20;
        string backlog = DeclareQueue("backlog");
        string live = DeclareQueue("live");
        string news = Unique("news");
        Channel.ExchangeDeclare(news, ExchangeType.Fanout, durable: false, autoDelete: false);

        ConnectionFactory recovering = Factory();
        recovering.NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200);
        using IConnection connection = recovering.CreateConnection();
        using IModel channel = connection.CreateModel();
        channel.ConfirmSelect();
        channel.BasicQos(0, prefetchCount: 5, global: false);
        // What the client must restore: an exclusive queue that the server names, its binding, a transient exchange.
        channel.ExchangeDeclare(news, ExchangeType.Fanout, durable: false, autoDelete: false);
        QueueDeclareOk subscription = channel.QueueDeclare();
        channel.QueueBind(subscription.QueueName, news, "");
        Inbox liveInbox = Inbox.Consume(channel, live, autoAck: false);
        Inbox newsInbox = Inbox.Consume(channel, subscription.QueueName, autoAck: true);
        for (int i = 0; i < Messages; i++)
        {
            channel.BasicPublish("", backlog, true, Persistent(), Bytes($"kept {i}"));
        }

        channel.WaitForConfirmsOrDie(Wait);
        channel.BasicPublish("", live, true, Persistent(), Bytes("unacknowledged"));
        Assert.Equal("unacknowledged", (await liveInbox.TakeAsync()).Text);

        TaskCompletionSource<ShutdownEventArgs> shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdown += (_, reason) => shutdown.TrySetResult(reason);
        ((IAutorecoveringConnection)connection).RecoverySucceeded += (_, _) => recovered.TrySetResult();
        await Broker.RestartAsync();
        ShutdownEventArgs reason = await shutdown.Task.WaitAsync(Wait);
        Assert.Equal(
            (320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"),
            (reason.ReplyCode, reason.ReplyText));
        await recovered.Task.WaitAsync(Wait);

        // The same channel and the same consumers go on.
        Delivery again = await liveInbox.TakeAsync();
        Assert.Equal("unacknowledged", again.Text);
        again.Ack();
        channel.BasicPublish("", live, true, Persistent(), Bytes("after"));
        Assert.Equal(["after"], await liveInbox.TakeTextsAsync(1));
        channel.BasicPublish(news, "", true, null, Bytes("flash"));
        Assert.Equal(["flash"], await newsInbox.TakeTextsAsync(1));

        Assert.Equal((uint)Messages, channel.QueueDeclarePassive(backlog).MessageCount);
        for (int i = 0; i < Messages; i++)
        {
            BasicGetResult? kept = channel.BasicGet(backlog, autoAck: true);
            Assert.Equal($"kept {i}", System.Text.Encoding.UTF8.GetString(kept!.Body.Span));
            Assert.True(kept.BasicProperties.Persistent);
            Assert.False(kept.Redelivered);
        }
    }
}
