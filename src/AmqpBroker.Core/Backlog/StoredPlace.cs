using AmqpBroker.Core.Messages;

namespace AmqpBroker.Core.Backlog;

/// <summary>Where a message is that is in the journal alone: what an entry in memory keeps of it.</summary>
/// <param name="At">Journal position of the message's record.</param>
/// <param name="BodyElsewhere">Journal position of a body that is in another message's record, or <see cref="Message.NotStored"/>.</param>
/// <param name="Length">Length of the record in bytes.</param>
/// <param name="BodyLength">Length of the body in bytes.</param>
internal readonly record struct StoredPlace(long At, long BodyElsewhere, int Length, int BodyLength)
{
    /// <summary>Where a message in memory is in the journal.</summary>
    internal static StoredPlace Of(Message message) => new(
        message.StoredAt,
        message.OwnsBody || message.BodyLength == 0 ? Message.NotStored : message.BodyAt,
        message.StoredLength,
        (int)message.BodyLength);

    internal static StoredPlace Of(in StoredEntry stored) =>
        new(stored.StoredAt, stored.BodyElsewhere, stored.StoredLength, (int)stored.BodyLength);
}
