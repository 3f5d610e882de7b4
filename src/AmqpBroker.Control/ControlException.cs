namespace AmqpBroker.Control;

/// <summary>The broker cannot be reached, or refuses; the message says it in one line.</summary>
public sealed class ControlException(string message, Exception? innerException = null) : IOException(message, innerException);
