using System.Diagnostics;

namespace AmqpBroker.Interop.Shared;

/// <summary>How one kind of broker is started; disposing ends what it needs besides its own process.</summary>
internal interface IBrokerCommand : IDisposable
{
    /// <summary>The command that starts the broker on the port and data folder it was made for; the same each time.</summary>
    ProcessStartInfo CreateStartInfo();

    /// <summary>Sets the free space below which the running broker raises its disk alarm, and returns when it is set.</summary>
    Task SetDiskFreeLimitAsync(long bytes);
}
