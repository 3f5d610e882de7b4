using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>The names of queue types in requests and in texts.</summary>
internal static class QueueTypes
{
    /// <summary>The type of this name; null if there is none.</summary>
    public static QueueType? Parse(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("classic"u8) => QueueType.Classic,
        _ when name.SequenceEqual("quorum"u8) => QueueType.Quorum,
        _ when name.SequenceEqual("stream"u8) => QueueType.Stream,
        _ => null,
    };

    /// <summary>The type that a value of <c>x-queue-type</c> names; null if it names none.</summary>
    public static QueueType? Parse(FieldValue value) =>
        value.Type == FieldType.LongString ? Parse(value.Payload.Span) : null;

    /// <summary>What RabbitMQ's texts call the type.</summary>
    public static string ModuleName(QueueType type) => type switch
    {
        QueueType.Classic => "rabbit_classic_queue",
        QueueType.Quorum => "rabbit_quorum_queue",
        QueueType.Stream => "rabbit_stream_queue",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a queue type."),
    };
}
