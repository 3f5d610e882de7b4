using AmqpBroker.Interop.Shared;
using Xunit;

namespace AmqpBroker.Interop.MassTransit;

/// <summary>A broker of its own (the class's fixture comes before the assembly's), since it is restarted.</summary>
public sealed class RestartTests(BrokerFixture fixture) : BusTest(fixture.Broker), IClassFixture<BrokerFixture>
{
    [Fact(Timeout = TimeoutMs)]
    public async Task reconnect_after_restart()
    {
        await StartBusAsync(consumers => consumers.AddConsumer<BillingConsumer>());
        OrderSubmitted before = new(Guid.NewGuid(), "before", 1);
        await Harness.Bus.Publish(before);
        await AssertConsumedAsync(before);

        await Broker.RestartAsync();
        OrderSubmitted after = new(Guid.NewGuid(), "after", 2);
        // The bus holds the message back until it is connected again.
        await Harness.Bus.Publish(after).WaitAsync(Wait);
        await AssertConsumedAsync(after);
    }

    private async Task AssertConsumedAsync(OrderSubmitted order) =>
        Assert.True(await Harness.GetConsumerHarness<BillingConsumer>()
            .Consumed.Any<OrderSubmitted>(message => message.Context.Message == order));
}
