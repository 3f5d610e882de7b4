using System.Net;
using System.Net.Sockets;

namespace AmqpBroker.Interop.Shared;

/// <summary>Finds loopback ports that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>A port that was free a moment ago: the system hands out others before it repeats one.</summary>
    public static int Next()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
