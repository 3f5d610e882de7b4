namespace AmqpBroker.Protocol;

/// <summary>The eight octets with which a client begins, and with which a server answers a client of another protocol.</summary>
public static class ProtocolHeader
{
    /// <summary>The number of octets.</summary>
    public const int Size = 8;

    /// <summary><c>AMQP 0 0 9 1</c>: AMQP 0-9-1.</summary>
    public static ReadOnlySpan<byte> Amqp091 => "AMQP\0\0\u0009\u0001"u8;

    /// <summary>Whether RabbitMQ speaks 0-9-1 to a client that begins like this: 0-9-1, and 0-9 (<c>AMQP 1 1 0 9</c>).</summary>
    public static bool IsAccepted(ReadOnlySpan<byte> header) =>
        header.SequenceEqual(Amqp091) || header.SequenceEqual("AMQP\u0001\u0001\0\u0009"u8);
}
