namespace AmqpBroker.Core.Clients;

/// <summary>A message to publish.</summary>
/// <param name="Exchange">Where to; empty for the default exchange.</param>
/// <param name="RoutingKey">Its routing key.</param>
/// <param name="Properties">Content properties as plain values, named as in JSON: <c>delivery_mode</c>, <c>headers</c> and the like; others are left out.</param>
/// <param name="Body">Its body.</param>
public sealed record OutgoingMessage(
    string Exchange, string RoutingKey, IReadOnlyList<KeyValuePair<string, object?>> Properties, ReadOnlyMemory<byte> Body);

/// <summary>A message that was taken from a queue.</summary>
/// <param name="DeliveryTag">Names it for who settles it.</param>
/// <param name="Redelivered">It may have been delivered before.</param>
/// <param name="Exchange">Where it was published to.</param>
/// <param name="RoutingKey">What it was published with.</param>
/// <param name="MessagesLeft">Ready messages that are still in the queue.</param>
/// <param name="BodyBytes">The length of its body.</param>
/// <param name="Body">Its body, or the beginning of it.</param>
/// <param name="Properties">Its properties as plain values.</param>
public sealed record TakenMessage(
    ulong DeliveryTag,
    bool Redelivered,
    string Exchange,
    string RoutingKey,
    long MessagesLeft,
    long BodyBytes,
    ReadOnlyMemory<byte> Body,
    IReadOnlyList<KeyValuePair<string, object?>> Properties);
