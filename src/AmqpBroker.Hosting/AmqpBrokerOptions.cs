using AmqpBroker.Core.Brokers;
using AmqpBroker.Management;
using AmqpBroker.Server;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting;

/// <summary>Everything that a broker is started with.</summary>
public sealed record AmqpBrokerOptions
{
    /// <summary>Where everything durable is kept; made if it is not there, and used by one broker at a time.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>
    /// Serves the control socket in the data directory, by which <c>amqpbroker backup</c> reaches a broker that runs. The
    /// executable does; a broker in somebody's process does not unless it is told to.
    /// </summary>
    public bool ControlSocket { get; init; }

    /// <summary>When something durable counts as kept: on the disk (the default), or with the operating system.</summary>
    public JournalSync Durability { get; init; } = JournalSync.Fsync;

    /// <summary>The user and the virtual host that are there at the first start.</summary>
    public BrokerOptions Broker { get; init; } = new();

    /// <summary>What is listened on, announced and put up with.</summary>
    public ServerOptions Server { get; init; } = new();

    /// <summary>Where and how the management side listens. What it says of the broker is taken from <see cref="Server"/>.</summary>
    public ManagementOptions Management { get; init; } = new();
}
