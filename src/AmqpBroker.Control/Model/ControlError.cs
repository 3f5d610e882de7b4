namespace AmqpBroker.Control;

/// <summary>Why something was not done.</summary>
/// <param name="Reason">In one line.</param>
public sealed record ControlError(string Reason);
