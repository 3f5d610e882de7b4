namespace AmqpBroker.Core.Exchanges;

/// <summary>A key that an exchange is to remember once the message has reached its queues.</summary>
/// <param name="Exchange">Whose window it belongs to.</param>
/// <param name="Key">The key.</param>
/// <param name="DeadlineMs">Until when a message with it is a duplicate, in milliseconds of the wall clock.</param>
internal readonly record struct SeenKey(DeduplicationExchange Exchange, UInt128 Key, long DeadlineMs);
