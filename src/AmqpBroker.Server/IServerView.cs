using System.Net;

namespace AmqpBroker.Server;

/// <summary>What management may know of the server. Any thread; no lane is touched.</summary>
public interface IServerView
{
    /// <summary>Where clients connect, with the ports that the system chose.</summary>
    IReadOnlyList<IPEndPoint> Endpoints { get; }

    /// <summary>The connections that are open, each looked at when the enumeration comes to it.</summary>
    IEnumerable<ConnectionInfo> Connections { get; }

    /// <summary>Open connections and their open channels.</summary>
    (int Connections, int Channels) Count();
}
