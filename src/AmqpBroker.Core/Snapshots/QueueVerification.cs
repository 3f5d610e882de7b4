namespace AmqpBroker.Core.Snapshots;

/// <summary>What of a queue's messages on the disk cannot be read.</summary>
/// <param name="Queue">The queue's name.</param>
/// <param name="Damaged">Messages that would not be delivered.</param>
/// <param name="WithoutIndex">Messages that were found by their own records alone, since what says where they are is damaged.</param>
/// <param name="Why">What is wrong with the first of them.</param>
public sealed record QueueVerification(string Queue, int Damaged, int WithoutIndex, string Why);
