using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>The properties of a queue.declare, besides its arguments.</summary>
/// <param name="Name">The name, made by the server if the client gave none.</param>
/// <param name="Durable">Whether the queue is to survive a restart.</param>
/// <param name="Exclusive">Whether it belongs to the connection that declares it.</param>
/// <param name="AutoDelete">Whether it goes with its last consumer.</param>
/// <param name="ServerNamed">Whether the client gave no name.</param>
public readonly record struct QueueDeclaration(
    ShortString Name,
    bool Durable,
    bool Exclusive = false,
    bool AutoDelete = false,
    bool ServerNamed = false)
{
    /// <summary>Whether it survives a restart: an exclusive queue goes with its connection, so it never does.</summary>
    public bool EffectiveDurable => Durable && !Exclusive;
}
