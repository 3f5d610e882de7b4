namespace AmqpBroker.Interop.MassTransit;

/// <summary>An event that several endpoints may be interested in.</summary>
public sealed record OrderSubmitted(Guid OrderId, string Customer, decimal Total);

/// <summary>A request.</summary>
public sealed record CheckOrder(Guid OrderId);

/// <summary>Its response.</summary>
public sealed record OrderStatus(Guid OrderId, string Status);

/// <summary>A message whose consumer fails for a while.</summary>
public sealed record FlakyWork(int Failures);

/// <summary>Says that the work went well in the end, and how often it was retried before.</summary>
public sealed record FlakyWorkDone(int Retries);

/// <summary>A message whose consumer always fails.</summary>
public sealed record PoisonWork(string Reason);

/// <summary>A message that the endpoint it is sent to does not consume.</summary>
public sealed record Stray(string Text);
