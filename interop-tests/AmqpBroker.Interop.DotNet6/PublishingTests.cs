using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class PublishingTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    [Fact(Timeout = TimeoutMs)]
    public async Task confirms()
    {
        const int Messages = 1_000;
        string queue = DeclareQueue("confirmed");
        using IModel publisher = ConfirmingChannel();
        for (int i = 0; i < Messages; i++)
        {
            publisher.BasicPublish("", queue, mandatory: true, Persistent(), Bytes($"{i}"));
        }

        publisher.WaitForConfirmsOrDie(Wait);

        // What is confirmed counts at once.
        Assert.Equal((uint)Messages, Channel.QueueDeclarePassive(queue).MessageCount);
        Inbox inbox = Inbox.Consume(Channel, queue, autoAck: true);
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), await inbox.TakeTextsAsync(Messages));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task returns()
    {
        using IModel publisher = ConfirmingChannel();
        List<string> events = [];
        TaskCompletionSource acked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        publisher.BasicReturn += (_, back) =>
        {
            events.Add($"return {back.ReplyCode} {back.ReplyText} {back.RoutingKey} {back.BasicProperties.MessageId}");
        };
        publisher.BasicAcks += (_, ack) =>
        {
            events.Add($"ack {ack.DeliveryTag}");
            acked.TrySetResult();
        };

        string nowhere = Unique("nowhere");
        IBasicProperties properties = Properties(message => message.MessageId = "m1");
        publisher.BasicPublish("", nowhere, mandatory: true, properties, Bytes("lost"));
        await acked.Task.WaitAsync(Wait);
        Assert.Equal([$"return 312 NO_ROUTE {nowhere} m1", "ack 1"], events);

        // Without mandatory the message is dropped, and confirmed nevertheless.
        publisher.BasicPublish("", nowhere, mandatory: false, properties, Bytes("lost"));
        publisher.WaitForConfirmsOrDie(Wait);
        Assert.Single(events, entry => entry.StartsWith("return", StringComparison.Ordinal));
    }

    [Fact]
    public void transactions()
    {
        string queue = DeclareQueue("transacted");
        using IModel transaction = Connection.CreateModel();
        transaction.TxSelect();

        transaction.BasicPublish("", queue, null, Bytes("rolled back"));
        transaction.TxRollback();
        transaction.BasicPublish("", queue, null, Bytes("committed 1"));
        transaction.BasicPublish("", queue, null, Bytes("committed 2"));
        Assert.Equal(0u, Ready(queue));
        transaction.TxCommit();
        Assert.Equal(2u, Ready(queue));

        // An acknowledgement that is rolled back leaves the message unacknowledged; it may be acknowledged again.
        BasicGetResult? first = transaction.BasicGet(queue, autoAck: false);
        Assert.Equal("committed 1"u8, first!.Body.Span);
        transaction.BasicAck(first.DeliveryTag, multiple: false);
        transaction.TxRollback();
        transaction.BasicAck(first.DeliveryTag, multiple: false);
        transaction.TxCommit();

        // One that is never committed gives the message back.
        BasicGetResult? second = transaction.BasicGet(queue, autoAck: false);
        transaction.BasicAck(second!.DeliveryTag, multiple: false);
        transaction.Close();
        BasicGetResult? again = Channel.BasicGet(queue, autoAck: true);
        Assert.Equal("committed 2"u8, again!.Body.Span);
        Assert.True(again.Redelivered);
        Assert.Null(Channel.BasicGet(queue, autoAck: true));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(131_063)]
    [InlineData(131_064)]
    [InlineData(131_065)]
    [InlineData(131_072)]
    [InlineData(131_073)]
    [InlineData(5 * 1024 * 1024)]
    public async Task large_bodies(int bytes)
    {
        string queue = DeclareQueue("bodies");
        byte[] body = new byte[bytes];
        new Random(bytes).NextBytes(body);
        using IModel publisher = ConfirmingChannel();
        publisher.BasicPublish("", queue, mandatory: true, Persistent(), body);
        publisher.WaitForConfirmsOrDie(Wait);

        BasicGetResult? got = Channel.BasicGet(queue, autoAck: false);
        Assert.True(got!.Body.Span.SequenceEqual(body));
        Channel.BasicNack(got.DeliveryTag, multiple: false, requeue: true);
        Inbox inbox = Inbox.Consume(Channel, queue, autoAck: true);
        Delivery pushed = await inbox.TakeAsync();
        Assert.True(pushed.Redelivered);
        Assert.True(pushed.Body.AsSpan().SequenceEqual(body));
    }

    private IModel ConfirmingChannel()
    {
        IModel channel = Connection.CreateModel();
        channel.ConfirmSelect();
        return channel;
    }
}
