using System.Net;
using System.Net.Sockets;

namespace AmqpBroker.Interop.Shared;

/// <summary>Finds ports for processes that a test starts.</summary>
public static class FreePort
{
    /// <summary>
    /// Below the range that systems take for outgoing connections (Linux: 32768 and up): a port of that range may be taken
    /// by any client between here and the process's own bind.
    /// </summary>
    private const int First = 20000;
    private const int End = 32000;

    private const int Attempts = 100;

    /// <summary>A port of the loopback interface that nobody listens on now.</summary>
    public static int Next()
    {
        for (int i = 0; i < Attempts; i++)
        {
            int port = Random.Shared.Next(First, End);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port was found between {First} and {End}.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            // Taken: the caller tries another.
            return false;
        }
    }
}
