namespace AmqpBroker.Perf;

/// <summary>The broker refused something, closed the connection, or spoke something else than AMQP 0-9-1.</summary>
internal sealed class AmqpException(string message) : Exception(message);
