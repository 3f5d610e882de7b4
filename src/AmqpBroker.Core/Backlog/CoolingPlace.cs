using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.Backlog;

/// <summary>Where in a ready list the next page begins.</summary>
/// <param name="First">The first entry that may go into it; null if there is none.</param>
/// <param name="HeadCount">Entries that stay before it, at the head.</param>
/// <param name="HeadBytes">What these take of memory.</param>
/// <param name="HeadUnloaded">How many of them have their messages in the journal alone.</param>
internal readonly record struct CoolingPlace(QueueEntry? First, int HeadCount, long HeadBytes, int HeadUnloaded);
