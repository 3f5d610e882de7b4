using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class ErrorTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    [Fact(Timeout = TimeoutMs)]
    public async Task channel_error_not_found()
    {
        string missing = Unique("missing");
        await using IChannel channel = await Connection.CreateChannelAsync();
        OperationInterruptedException error = await Assert.ThrowsAnyAsync<OperationInterruptedException>(
            () => channel.QueueDeclarePassiveAsync(missing));

        AssertClosed(error, 404, $"NOT_FOUND - no queue '{missing}' in vhost '/'");
        Assert.False(channel.IsOpen);
        await AssertConnectionUsableAsync();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task channel_error_inequivalent_arguments()
    {
        string queue = await DeclareQueueAsync("declared");
        await using IChannel channel = await Connection.CreateChannelAsync();
        OperationInterruptedException error = await Assert.ThrowsAnyAsync<OperationInterruptedException>(
            () => channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: false));

        AssertClosed(
            error,
            406,
            $"PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{queue}' in vhost '/': received 'false' but current is 'true'");
        await AssertConnectionUsableAsync();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task channel_error_unknown_delivery_tag()
    {
        await using IChannel channel = await Connection.CreateChannelAsync();
        TaskCompletionSource<ShutdownEventArgs> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason);
            return Task.CompletedTask;
        };
        await channel.BasicAckAsync(42, multiple: false);

        ShutdownEventArgs reason = await closed.Task.WaitAsync(Wait);
        Assert.Equal((406, "PRECONDITION_FAILED - unknown delivery tag 42"), (reason.ReplyCode, reason.ReplyText));
        await AssertConnectionUsableAsync();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task channel_error_exclusive_queue_of_another_connection()
    {
        QueueDeclareOk exclusive = await Channel.QueueDeclareAsync();
        await using IConnection other = await Factory().CreateConnectionAsync();
        await using IChannel channel = await other.CreateChannelAsync();
        OperationInterruptedException error = await Assert.ThrowsAnyAsync<OperationInterruptedException>(
            () => channel.QueueDeclarePassiveAsync(exclusive.QueueName));

        Assert.Equal(405, error.ShutdownReason!.ReplyCode);
        await AssertConnectionUsableAsync();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task wrong_password()
    {
        ConnectionFactory factory = Factory();
        factory.Password = "wrong";
        BrokerUnreachableException error = await Assert.ThrowsAsync<BrokerUnreachableException>(
            () => factory.CreateConnectionAsync());
        Assert.IsType<AuthenticationFailureException>(error.InnerException);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task consumer_cancel_notification()
    {
        string queue = await DeclareQueueAsync("deleted");
        await using IChannel consuming = await Connection.CreateChannelAsync();
        Inbox inbox = new();
        string tag = await inbox.AddConsumerAsync(consuming, queue, autoAck: false);

        await Channel.QueueDeleteAsync(queue);
        Assert.Equal(tag, await inbox.Cancelled.WaitAsync(Wait));
        Assert.True(consuming.IsOpen);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task many_channels()
    {
        const int Channels = 200;
        string queue = await DeclareQueueAsync("shared");
        List<IChannel> channels = [];
        for (int i = 0; i < Channels; i++)
        {
            channels.Add(await Connection.CreateChannelAsync());
        }

        Assert.Equal(Channels, channels.Select(channel => channel.ChannelNumber).Distinct().Count());
        foreach (IChannel channel in channels)
        {
            await channel.BasicPublishAsync("", queue, Bytes($"{channel.ChannelNumber}"));
        }

        Inbox inbox = await Inbox.ConsumeAsync(Channel, queue, autoAck: true);
        Assert.Equal(
            channels.Select(channel => $"{channel.ChannelNumber}").Order(),
            (await inbox.TakeTextsAsync(Channels)).Order());

        // Their numbers are free again once closed.
        foreach (IChannel channel in channels)
        {
            await channel.CloseAsync();
        }

        await using IChannel reused = await Connection.CreateChannelAsync();
        Assert.True(reused.IsOpen);
        Assert.InRange(reused.ChannelNumber, 1, Channels + 1);
    }

    private static void AssertClosed(OperationInterruptedException error, int code, string text) =>
        Assert.Equal((code, text), (error.ShutdownReason!.ReplyCode, error.ShutdownReason.ReplyText));

    private async Task AssertConnectionUsableAsync()
    {
        Assert.True(Connection.IsOpen);
        await using IChannel channel = await Connection.CreateChannelAsync();
        await channel.QueueDeclareAsync();
        await Channel.QueueDeclareAsync();
    }
}
