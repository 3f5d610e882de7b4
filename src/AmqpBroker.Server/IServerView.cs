using System.Net;
using AmqpBroker.Core.Statistics;
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

    /// <summary>
    /// Tells an open connection that it is closed by force (320), and why; a client that does not answer in time is dropped.
    /// </summary>
    /// <returns>False when there is no such connection.</returns>
    bool CloseConnection(string name, string reason);

    /// <summary>Takes a sample of what connections receive and send.</summary>
    /// <param name="tick">When: later than all before.</param>
    /// <param name="intervalMs">From one tick to the next, in milliseconds.</param>
    void SampleTraffic(long tick, int intervalMs);

    /// <summary>What all connections of a virtual host received and sent, and how many came and went, by <see cref="TrafficFigures"/>.</summary>
    Reading Traffic(string virtualHost);

    /// <summary>How memory and disk space stood at the last look, a fraction of a second ago.</summary>
    AlarmReport Alarms { get; }

    /// <summary>
    /// Sets the memory that may be used, and the space that must be free on the disk, before publishers are stopped; an alarm
    /// begins or ends at once. Written as in the options (0.6, 2GB; 50MB); null leaves a limit as it is.
    /// </summary>
    /// <returns>False when one of them is none: then nothing has changed.</returns>
    bool TrySetLimits(string? memory, string? diskFree);
}
