using AmqpBroker.Core.Snapshots;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Requests;

/// <summary>What all answers are made from.</summary>
/// <param name="Options">What the management side was started with.</param>
/// <param name="Broker">Accounts and virtual hosts.</param>
/// <param name="Server">Connections.</param>
internal sealed record Sources(ManagementOptions Options, BrokerView Broker, IServerView Server)
{
    /// <summary>Who logged in a short while ago.</summary>
    public LoginCache Logins { get; } = new(Broker, TimeProvider.System);
}
