using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>Who is at the other end of a session and what its client can take.</summary>
public sealed record SessionIdentity
{
    /// <summary>Who logged in.</summary>
    public required User User { get; init; }

    /// <summary>Says what the user may do; null: everything, for sessions of the program's own.</summary>
    public IAccessRules? AccessRules { get; init; }

    /// <summary>Names the connection in logs and lists: "peer -> local".</summary>
    public required string ConnectionName { get; init; }

    /// <summary>The client properties as sent.</summary>
    public FieldTable ClientProperties { get; init; } = FieldTable.Empty;

    /// <summary>The client takes a basic.cancel from the server (capability consumer_cancel_notify).</summary>
    public bool TakesConsumerCancel { get; init; }
}
