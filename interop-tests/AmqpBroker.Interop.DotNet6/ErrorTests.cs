using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class ErrorTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    [Fact]
    public void channel_error_not_found()
    {
        string missing = Unique("missing");
        using IModel channel = Connection.CreateModel();
        OperationInterruptedException error = Assert.ThrowsAny<OperationInterruptedException>(
            () => channel.QueueDeclarePassive(missing));

        AssertClosed(error, 404, $"NOT_FOUND - no queue '{missing}' in vhost '/'");
        Assert.False(channel.IsOpen);
        AssertConnectionUsable();
    }

    [Fact]
    public void channel_error_inequivalent_arguments()
    {
        string queue = DeclareQueue("declared");
        using IModel channel = Connection.CreateModel();
        OperationInterruptedException error = Assert.ThrowsAny<OperationInterruptedException>(
            () => channel.QueueDeclare(queue, durable: false, exclusive: false, autoDelete: false));

        AssertClosed(
            error,
            406,
            $"PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{queue}' in vhost '/': received 'false' but current is 'true'");
        AssertConnectionUsable();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task channel_error_unknown_delivery_tag()
    {
        using IModel channel = Connection.CreateModel();
        TaskCompletionSource<ShutdownEventArgs> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ModelShutdown += (_, reason) => closed.TrySetResult(reason);
        channel.BasicAck(42, multiple: false);

        ShutdownEventArgs reason = await closed.Task.WaitAsync(Wait);
        Assert.Equal((406, "PRECONDITION_FAILED - unknown delivery tag 42"), (reason.ReplyCode, reason.ReplyText));
        AssertConnectionUsable();
    }

    [Fact]
    public void channel_error_exclusive_queue_of_another_connection()
    {
        QueueDeclareOk exclusive = Channel.QueueDeclare();
        using IConnection other = Factory().CreateConnection();
        using IModel channel = other.CreateModel();
        OperationInterruptedException error = Assert.ThrowsAny<OperationInterruptedException>(
            () => channel.QueueDeclarePassive(exclusive.QueueName));

        Assert.Equal(405, error.ShutdownReason!.ReplyCode);
        AssertConnectionUsable();
    }

    [Fact]
    public void wrong_password()
    {
        ConnectionFactory factory = Factory();
        factory.Password = "wrong";
        BrokerUnreachableException error = Assert.Throws<BrokerUnreachableException>(
            () => factory.CreateConnection());
        Assert.IsType<AuthenticationFailureException>(error.InnerException);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task consumer_cancel_notification()
    {
        string queue = DeclareQueue("deleted");
        using IModel consuming = Connection.CreateModel();
        Inbox inbox = new();
        string tag = inbox.AddConsumer(consuming, queue, autoAck: false);

        Channel.QueueDelete(queue);
        Assert.Equal(tag, await inbox.Cancelled.WaitAsync(Wait));
        Assert.True(consuming.IsOpen);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task many_channels()
    {
        const int Channels = 200;
        string queue = DeclareQueue("shared");
        List<IModel> channels = [];
        for (int i = 0; i < Channels; i++)
        {
            channels.Add(Connection.CreateModel());
        }

        Assert.Equal(Channels, channels.Select(channel => channel.ChannelNumber).Distinct().Count());
        foreach (IModel channel in channels)
        {
            channel.BasicPublish("", queue, null, Bytes($"{channel.ChannelNumber}"));
        }

        Inbox inbox = Inbox.Consume(Channel, queue, autoAck: true);
        Assert.Equal(
            channels.Select(channel => $"{channel.ChannelNumber}").Order(),
            (await inbox.TakeTextsAsync(Channels)).Order());

        // Their numbers are free again once closed.
        foreach (IModel channel in channels)
        {
            channel.Close();
        }

        using IModel reused = Connection.CreateModel();
        Assert.True(reused.IsOpen);
        Assert.InRange(reused.ChannelNumber, 1, Channels + 1);
    }

    private static void AssertClosed(OperationInterruptedException error, int code, string text) =>
        Assert.Equal((code, text), (error.ShutdownReason!.ReplyCode, error.ShutdownReason.ReplyText));

    private void AssertConnectionUsable()
    {
        Assert.True(Connection.IsOpen);
        using IModel channel = Connection.CreateModel();
        channel.QueueDeclare();
        Channel.QueueDeclare();
    }
}
