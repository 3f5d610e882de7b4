using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class PublishingTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private static readonly CreateChannelOptions Tracked =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private static readonly CreateChannelOptions Untracked =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    [Fact(Timeout = TimeoutMs)]
    public async Task confirms()
    {
        const int Messages = 1_000;
        string queue = await DeclareQueueAsync("confirmed");
        await using IChannel publisher = await Connection.CreateChannelAsync(Tracked);
        BasicProperties persistent = new() { Persistent = true };

        Task[] confirmed = [.. Enumerable.Range(0, Messages).Select(i =>
            publisher.BasicPublishAsync("", queue, mandatory: true, persistent, Bytes($"{i}")).AsTask())];
        await Task.WhenAll(confirmed).WaitAsync(Wait);

        // What is confirmed counts at once.
        Assert.Equal((uint)Messages, (await Channel.QueueDeclarePassiveAsync(queue)).MessageCount);
        Inbox inbox = await Inbox.ConsumeAsync(Channel, queue, autoAck: true);
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), await inbox.TakeTextsAsync(Messages));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task returns()
    {
        await using IChannel publisher = await Connection.CreateChannelAsync(Untracked);
        List<string> events = [];
        TaskCompletionSource acked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        publisher.BasicReturnAsync += (_, back) =>
        {
            events.Add($"return {back.ReplyCode} {back.ReplyText} {back.RoutingKey} {back.BasicProperties.MessageId}");
            return Task.CompletedTask;
        };
        publisher.BasicAcksAsync += (_, ack) =>
        {
            events.Add($"ack {ack.DeliveryTag}");
            acked.TrySetResult();
            return Task.CompletedTask;
        };

        string nowhere = Unique("nowhere");
        BasicProperties properties = new() { MessageId = "m1" };
        await publisher.BasicPublishAsync("", nowhere, mandatory: true, properties, Bytes("lost"));
        await acked.Task.WaitAsync(Wait);
        Assert.Equal([$"return 312 NO_ROUTE {nowhere} m1", "ack 1"], events);

        // Without mandatory the message is dropped, and confirmed nevertheless.
        await using IChannel tracking = await Connection.CreateChannelAsync(Tracked);
        await tracking.BasicPublishAsync("", nowhere, mandatory: false, properties, Bytes("lost")).AsTask().WaitAsync(Wait);
        PublishException refused = await Assert.ThrowsAnyAsync<PublishException>(() =>
            tracking.BasicPublishAsync("", nowhere, mandatory: true, properties, Bytes("lost")).AsTask().WaitAsync(Wait));
        Assert.True(refused.IsReturn);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task transactions()
    {
        string queue = await DeclareQueueAsync("transacted");
        await using IChannel transaction = await Connection.CreateChannelAsync();
        await transaction.TxSelectAsync();

        await transaction.BasicPublishAsync("", queue, Bytes("rolled back"));
        await transaction.TxRollbackAsync();
        await transaction.BasicPublishAsync("", queue, Bytes("committed 1"));
        await transaction.BasicPublishAsync("", queue, Bytes("committed 2"));
        Assert.Equal(0u, await ReadyAsync(queue));
        await transaction.TxCommitAsync();
        Assert.Equal(2u, await ReadyAsync(queue));

        // An acknowledgement that is rolled back leaves the message unacknowledged; it may be acknowledged again.
        BasicGetResult? first = await transaction.BasicGetAsync(queue, autoAck: false);
        Assert.Equal("committed 1"u8, first!.Body.Span);
        await transaction.BasicAckAsync(first.DeliveryTag, multiple: false);
        await transaction.TxRollbackAsync();
        await transaction.BasicAckAsync(first.DeliveryTag, multiple: false);
        await transaction.TxCommitAsync();

        // One that is never committed gives the message back.
        BasicGetResult? second = await transaction.BasicGetAsync(queue, autoAck: false);
        await transaction.BasicAckAsync(second!.DeliveryTag, multiple: false);
        await transaction.CloseAsync();
        BasicGetResult? again = await Channel.BasicGetAsync(queue, autoAck: true);
        Assert.Equal("committed 2"u8, again!.Body.Span);
        Assert.True(again.Redelivered);
        Assert.Null(await Channel.BasicGetAsync(queue, autoAck: true));
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
        string queue = await DeclareQueueAsync("bodies");
        byte[] body = new byte[bytes];
        new Random(bytes).NextBytes(body);
        await using IChannel publisher = await Connection.CreateChannelAsync(Tracked);
        await publisher.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, body);

        BasicGetResult? got = await Channel.BasicGetAsync(queue, autoAck: false);
        Assert.True(got!.Body.Span.SequenceEqual(body));
        await Channel.BasicNackAsync(got.DeliveryTag, multiple: false, requeue: true);
        Inbox inbox = await Inbox.ConsumeAsync(Channel, queue, autoAck: true);
        Delivery pushed = await inbox.TakeAsync();
        Assert.True(pushed.Redelivered);
        Assert.True(pushed.Body.AsSpan().SequenceEqual(body));
    }

    private async Task<uint> ReadyAsync(string queue) => (await Channel.QueueDeclarePassiveAsync(queue)).MessageCount;
}
