namespace AmqpBroker.Differential.Runs;

/// <summary>
/// The scenarios of this class have both brokers to themselves, so that they may stop them and raise their alarms. Starting a RabbitMQ takes seconds:
/// one such scenario shows many rules.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OwnBrokersAttribute : Attribute;
