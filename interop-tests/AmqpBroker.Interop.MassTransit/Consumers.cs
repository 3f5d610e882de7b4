using MassTransit;

namespace AmqpBroker.Interop.MassTransit;

/// <summary>One of two endpoints that consume the same event.</summary>
public sealed class BillingConsumer : IConsumer<OrderSubmitted>
{
    public Task Consume(ConsumeContext<OrderSubmitted> context) => Task.CompletedTask;
}

/// <summary>The other one.</summary>
public sealed class ShippingConsumer : IConsumer<OrderSubmitted>
{
    public Task Consume(ConsumeContext<OrderSubmitted> context) => Task.CompletedTask;
}

/// <summary>Answers requests.</summary>
public sealed class CheckOrderConsumer : IConsumer<CheckOrder>
{
    public Task Consume(ConsumeContext<CheckOrder> context) =>
        context.RespondAsync(new OrderStatus(context.Message.OrderId, "shipped"));
}

/// <summary>Fails as often as the message says; the retry policy then brings it through.</summary>
public sealed class FlakyConsumer : IConsumer<FlakyWork>
{
    public Task Consume(ConsumeContext<FlakyWork> context) =>
        context.GetRetryAttempt() < context.Message.Failures
            ? throw new InvalidOperationException($"attempt {context.GetRetryAttempt()} fails")
            : context.Publish(new FlakyWorkDone(context.GetRetryAttempt()));
}

/// <summary>Always fails, so that the message ends in the error queue.</summary>
public sealed class PoisonConsumer : IConsumer<PoisonWork>
{
    public Task Consume(ConsumeContext<PoisonWork> context) =>
        throw new InvalidOperationException(context.Message.Reason);
}
