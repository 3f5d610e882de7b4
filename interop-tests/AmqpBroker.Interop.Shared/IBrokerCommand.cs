using System.Diagnostics;

namespace AmqpBroker.Interop.Shared;

/// <summary>How one kind of broker is started; disposing ends what it needs besides its own process.</summary>
internal interface IBrokerCommand : IDisposable
{
    /// <summary>The command that starts the broker on the port and data folder it was made for; the same each time.</summary>
    ProcessStartInfo CreateStartInfo();
}
