using System.Net.Sockets;

namespace AmqpBroker.Control;

/// <summary>
/// The socket by which the programs of this machine talk to a broker that serves: a file in its data directory, which its
/// owner alone may use.
/// </summary>
public static class ControlSocket
{
    /// <summary>Its name in the data directory. A start removes what an earlier process left.</summary>
    public const string FileName = "control.sock";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where the broker of a data directory has it.</summary>
    public static string PathIn(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), FileName);

    /// <summary>Takes the place. Nobody can connect before it listens, and then the owner alone.</summary>
    /// <exception cref="SocketException">The system refuses.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The path is longer than the system takes for a socket (about 100 bytes).</exception>
    /// <exception cref="IOException">What an earlier process left cannot be removed.</exception>
    internal static Socket Bind(string path)
    {
        // Only the process that holds the directory's lock comes here: what is there belongs to nobody any more.
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
