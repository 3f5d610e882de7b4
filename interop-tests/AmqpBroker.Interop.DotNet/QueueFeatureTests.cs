using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

/// <summary>What applications ask of queues by arguments, flags and tags.</summary>
public sealed class QueueFeatureTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    private static readonly CreateChannelOptions Confirming =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    [Fact(Timeout = TimeoutMs)]
    public async Task length_limit_refuses_publishes()
    {
        string queue = await DeclareQueueAsync("limited", new() { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        await using IChannel publisher = await Connection.CreateChannelAsync(Confirming);
        await publisher.BasicPublishAsync("", queue, Bytes("first"));

        PublishException refused = await Assert.ThrowsAsync<PublishException>(
            () => publisher.BasicPublishAsync("", queue, Bytes("second")).AsTask().WaitAsync(Wait));
        Assert.False(refused.IsReturn);
        Assert.Equal(["first"], await DrainAsync(queue));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task length_limit_drops_from_the_head()
    {
        string queue = await DeclareQueueAsync("limited", new() { ["x-max-length"] = 2 });
        await PublishConfirmedAsync("", queue, "1", "2", "3");
        Assert.Equal(["2", "3"], await DrainAsync(queue));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task priorities()
    {
        string queue = await DeclareQueueAsync("priorities", new() { ["x-max-priority"] = 5 });
        foreach ((string text, byte priority) in ((string, byte)[])[("low", 1), ("high", 5), ("none", 0), ("high too", 5)])
        {
            await PublishAsync("", queue, text, new BasicProperties { Priority = priority });
        }

        await PublishAsync("", queue, "last");
        Assert.Equal(["high", "high too", "low", "none", "last"], await DrainAsync(queue));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task expired_message_is_dead_lettered()
    {
        string graveyard = await DeclareQueueAsync("graveyard");
        string queue = await DeclareQueueAsync("expiring", new()
        {
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = graveyard,
        });
        Inbox dead = await Inbox.ConsumeAsync(Channel, graveyard, autoAck: true);
        await PublishAsync("", queue, "short-lived", new BasicProperties { Expiration = "50", MessageId = "m1" });

        Delivery delivery = await dead.TakeAsync();
        Assert.Equal(("short-lived", "m1"), (delivery.Text, delivery.Properties.MessageId));
        // Or else it would expire in the graveyard too.
        Assert.False(delivery.Properties.IsExpirationPresent());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task alternate_exchange()
    {
        string unrouted = Unique("unrouted");
        await Channel.ExchangeDeclareAsync(unrouted, ExchangeType.Fanout, durable: true);
        string exchange = Unique("main");
        await Channel.ExchangeDeclareAsync(
            exchange, ExchangeType.Direct, durable: true, arguments: new Dictionary<string, object?> { ["alternate-exchange"] = unrouted });
        Inbox inbox = await SubscribeAsync(unrouted, [""]);

        await PublishAsync(exchange, "nobody", "rescued");
        Delivery delivery = await inbox.TakeAsync();
        Assert.Equal((exchange, "nobody", "rescued"), (delivery.Exchange, delivery.RoutingKey, delivery.Text));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task negative_acknowledgement_puts_messages_back_in_place()
    {
        string queue = await DeclareQueueAsync("work");
        await PublishConfirmedAsync("", queue, "1", "2", "3", "4");
        await using IChannel worker = await Connection.CreateChannelAsync();
        await worker.BasicGetAsync(queue, autoAck: false);
        BasicGetResult? second = await worker.BasicGetAsync(queue, autoAck: false);
        BasicGetResult? third = await worker.BasicGetAsync(queue, autoAck: false);
        await worker.BasicNackAsync(second!.DeliveryTag, multiple: true, requeue: true);
        await worker.BasicAckAsync(third!.DeliveryTag, multiple: false);
        await worker.CloseAsync();
        Assert.Equal(["1", "2", "4"], await DrainAsync(queue));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task exclusive_consumer()
    {
        string queue = await DeclareQueueAsync("exclusively-consumed");
        await Channel.BasicConsumeAsync(
            queue, autoAck: true, consumerTag: "", noLocal: false, exclusive: true, arguments: null, new AsyncDefaultBasicConsumer(Channel));
        await using IChannel other = await Connection.CreateChannelAsync();
        OperationInterruptedException refused = await Assert.ThrowsAnyAsync<OperationInterruptedException>(
            () => Inbox.ConsumeAsync(other, queue, autoAck: true));
        Assert.Equal(403, refused.ShutdownReason!.ReplyCode);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task single_active_consumer()
    {
        string queue = await DeclareQueueAsync("single", new() { ["x-single-active-consumer"] = true });
        Inbox inbox = new();
        string first = await inbox.AddConsumerAsync(Channel, queue, autoAck: true);
        string second = await inbox.AddConsumerAsync(Channel, queue, autoAck: true);
        await PublishAsync("", queue, "1");
        await PublishAsync("", queue, "2");
        Assert.Equal([first, first], [(await inbox.TakeAsync()).ConsumerTag, (await inbox.TakeAsync()).ConsumerTag]);

        await Channel.BasicCancelAsync(first);
        await PublishAsync("", queue, "3");
        Assert.Equal(second, (await inbox.TakeAsync()).ConsumerTag);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task consumer_priority()
    {
        string queue = await DeclareQueueAsync("preferring");
        Inbox low = await Inbox.ConsumeAsync(Channel, queue, autoAck: true);
        Inbox high = new();
        await high.AddConsumerAsync(Channel, queue, autoAck: true, new() { ["x-priority"] = 10 });
        await PublishConfirmedAsync("", queue, "1", "2", "3");
        Assert.Equal(["1", "2", "3"], await high.TakeTextsAsync(3));
        Assert.True(low.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task auto_delete_queue_goes_with_its_last_consumer()
    {
        string queue = Unique("auto-delete");
        await Channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: true);
        string tag = await new Inbox().AddConsumerAsync(Channel, queue, autoAck: true);
        await Channel.BasicCancelAsync(tag);
        await using IChannel check = await Connection.CreateChannelAsync();
        OperationInterruptedException missing = await Assert.ThrowsAnyAsync<OperationInterruptedException>(
            () => check.QueueDeclarePassiveAsync(queue));
        Assert.Equal(404, missing.ShutdownReason!.ReplyCode);
    }

    /// <summary>What is confirmed is in its queue.</summary>
    private async Task PublishConfirmedAsync(string exchange, string key, params string[] texts)
    {
        await using IChannel publisher = await Connection.CreateChannelAsync(Confirming);
        foreach (string text in texts)
        {
            await publisher.BasicPublishAsync(exchange, key, Bytes(text));
        }
    }

    private async Task<List<string>> DrainAsync(string queue)
    {
        List<string> texts = [];
        while (await Channel.BasicGetAsync(queue, autoAck: true) is { } message)
        {
            texts.Add(System.Text.Encoding.UTF8.GetString(message.Body.Span));
        }

        return texts;
    }
}
