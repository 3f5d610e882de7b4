namespace AmqpBroker.Core.Policies;

/// <summary>A policy that is not valid; the message says why in RabbitMQ's words, a line for each fault.</summary>
public sealed class PolicyException(string message) : Exception(message);
