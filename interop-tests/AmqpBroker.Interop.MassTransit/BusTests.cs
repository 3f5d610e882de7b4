using System.Text;
using System.Text.Json;
using AmqpBroker.Interop.Shared;
using MassTransit;
using MassTransit.Testing;
using RabbitMQ.Client;
using Xunit;

namespace AmqpBroker.Interop.MassTransit;

public sealed class BusTests(BrokerFixture fixture) : BusTest(fixture.Broker)
{
    /// <summary>An event goes through its type's exchange to the exchange and queue of each endpoint that consumes it.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task publish_subscribe()
    {
        await StartBusAsync(consumers =>
        {
            consumers.AddConsumer<BillingConsumer>();
            consumers.AddConsumer<ShippingConsumer>();
        });
        OrderSubmitted order = new(Guid.NewGuid(), "Zoë ✓", 123.45m);
        await Harness.Bus.Publish(order, context =>
        {
            context.CorrelationId = order.OrderId;
            context.Headers.Set("tenant", "blue");
        });

        await AssertConsumedAsync<BillingConsumer>(order);
        await AssertConsumedAsync<ShippingConsumer>(order);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task request_response()
    {
        await StartBusAsync(consumers => consumers.AddConsumer<CheckOrderConsumer>());
        IRequestClient<CheckOrder> client = Harness.GetRequestClient<CheckOrder>();
        for (int i = 0; i < 10; i++)
        {
            Guid order = Guid.NewGuid();
            Response<OrderStatus> response = await client.GetResponse<OrderStatus>(new CheckOrder(order));
            Assert.Equal(new OrderStatus(order, "shipped"), response.Message);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task retry()
    {
        await StartBusAsync(
            consumers => consumers.AddConsumer<FlakyConsumer>(),
            bus => bus.UseMessageRetry(policy => policy.Immediate(3)));
        await Harness.Bus.Publish(new FlakyWork(Failures: 2));

        IPublishedMessage<FlakyWorkDone> done = await Harness.Published.SelectAsync<FlakyWorkDone>().First();
        Assert.Equal(2, done.Context.Message.Retries);
        await Harness.Stop();
        Assert.Null(await GetAsync($"{QueueOf<FlakyConsumer>()}_error", mustExist: false));
    }

    /// <summary>A message whose consumer fails to the end moves to the error queue, and a fault event is published.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task fault_queue()
    {
        await StartBusAsync(
            consumers => consumers.AddConsumer<PoisonConsumer>(),
            bus => bus.UseMessageRetry(policy => policy.Immediate(2)));
        await Harness.Bus.Publish(new PoisonWork("it never works"));

        Assert.True(await Harness.Published.Any<Fault<PoisonWork>>(
            fault => fault.Context.Message.Exceptions[0].Message == "it never works"));
        Assert.True(await Harness.Consumed.Any<PoisonWork>(message => message.Exception is not null));
        await Harness.Stop();
        BasicGetResult? failed = await GetAsync($"{QueueOf<PoisonConsumer>()}_error", mustExist: true);
        Assert.Equal("it never works", MessageField(failed, "reason"));
        Assert.Equal("it never works", Header(failed, "MT-Fault-Message"));
        Assert.Equal("fault", Header(failed, "MT-Reason"));
        Assert.Null(await GetAsync(QueueOf<PoisonConsumer>(), mustExist: true));
    }

    /// <summary>A message that nobody at the endpoint consumes moves to the skipped queue.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task skipped_queue()
    {
        await StartBusAsync(consumers => consumers.AddConsumer<BillingConsumer>());
        string queue = QueueOf<BillingConsumer>();
        ISendEndpoint endpoint = await Harness.Bus.GetSendEndpoint(new Uri($"queue:{queue}"));
        await endpoint.Send(new Stray("lost"));
        // Messages reach the endpoint in order, and stopping waits for those it has: then the stray has been moved.
        OrderSubmitted order = new(Guid.NewGuid(), "later", 1);
        await endpoint.Send(order);
        Assert.True(await Harness.GetConsumerHarness<BillingConsumer>().Consumed.Any<OrderSubmitted>());

        await Harness.Stop();
        BasicGetResult? skipped = await GetAsync($"{queue}_skipped", mustExist: true);
        Assert.Equal("lost", MessageField(skipped, "text"));
        Assert.Equal("dead-letter", Header(skipped, "MT-Reason"));
    }

    /// <summary>Many messages at once: the publisher waits for each confirm, the endpoint consumes with its prefetch.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task many_messages()
    {
        const int Messages = 500;
        await StartBusAsync(consumers => consumers.AddConsumer<BillingConsumer>(), bus => bus.PrefetchCount = 16);
        OrderSubmitted[] orders = [.. Enumerable.Range(0, Messages).Select(i => new OrderSubmitted(Guid.NewGuid(), $"{i}", i))];
        await Harness.Bus.PublishBatch(orders);

        HashSet<Guid> consumed = [];
        await foreach (IReceivedMessage<OrderSubmitted> message in
            Harness.GetConsumerHarness<BillingConsumer>().Consumed.SelectAsync<OrderSubmitted>())
        {
            Assert.True(consumed.Add(message.Context.Message.OrderId), "consumed twice");
            if (consumed.Count == Messages)
            {
                break;
            }
        }

        Assert.Equal(orders.Select(order => order.OrderId).Order(), consumed.Order());
    }

    private async Task AssertConsumedAsync<TConsumer>(OrderSubmitted order)
        where TConsumer : class, IConsumer<OrderSubmitted>
    {
        IReceivedMessage<OrderSubmitted> consumed =
            await Harness.GetConsumerHarness<TConsumer>().Consumed.SelectAsync<OrderSubmitted>().First();
        Assert.Equal(order, consumed.Context.Message);
        Assert.Equal(order.OrderId, consumed.Context.CorrelationId);
        Assert.Equal("blue", consumed.Context.Headers.Get<string>("tenant"));
    }

    /// <summary>Gets a message past the framework; null if the queue is empty, or absent where that is allowed.</summary>
    private async Task<BasicGetResult?> GetAsync(string queue, bool mustExist)
    {
        ConnectionFactory factory = new() { Uri = Broker.Uri };
        await using IConnection connection = await factory.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        try
        {
            return await channel.BasicGetAsync(queue, autoAck: true);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException missing)
            when (!mustExist && missing.ShutdownReason?.ReplyCode == 404)
        {
            return null;
        }
    }

    private static string? MessageField(BasicGetResult? result, string field)
    {
        Assert.NotNull(result);
        using JsonDocument envelope = JsonDocument.Parse(result.Body);
        return envelope.RootElement.GetProperty("message").GetProperty(field).GetString();
    }

    private static string Header(BasicGetResult? result, string name) =>
        Encoding.UTF8.GetString((byte[])result!.BasicProperties.Headers![name]!);
}
