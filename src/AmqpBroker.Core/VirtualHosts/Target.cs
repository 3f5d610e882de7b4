using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>One queue that a publish goes to, with what was decided for it.</summary>
internal readonly record struct Target(MessageQueue Queue, long Sequence, long DeadlineMs, bool Stored);
