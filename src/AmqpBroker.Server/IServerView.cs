using System.Net;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Server;

/// <summary>What management may know of the server once it serves, and do to it. Any thread.</summary>
public interface IServerView
{
    /// <summary>Where clients connect, with the ports that the system chose.</summary>
    IReadOnlyList<IPEndPoint> Endpoints { get; }

    /// <summary>The connections that are open, each looked at when the enumeration comes to it.</summary>
    IEnumerable<ConnectionInfo> Connections { get; }

    /// <summary>Open connections and their open channels.</summary>
    (int Connections, int Channels) Count();

    /// <summary>How memory and disk space stood at the last look, a fraction of a second ago.</summary>
    AlarmReport Alarms { get; }

    /// <summary>Sets how much memory may be used before publishers are stopped; an alarm begins or ends at once.</summary>
    void SetMemoryLimit(MemoryLimit limit);

    /// <summary>Sets how many bytes must be free on the disk, or publishers are stopped; an alarm begins or ends at once.</summary>
    void SetDiskFreeLimit(long bytes);
}
