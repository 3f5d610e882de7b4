using System.Net;
using System.Net.Sockets;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>Reads HOST:PORT.</summary>
internal static class ListenAddress
{
    /// <summary>The addresses that it stands for: one for a number, all of its own for a name; <c>*</c> is every address.</summary>
    /// <exception cref="SettingException">It is none.</exception>
    public static IEnumerable<IPEndPoint> Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), out ushort port))
        {
            throw new SettingException($"is HOST:PORT, not '{text}'");
        }

        string host = text[..colon];
        if (host == "*")
        {
            return [new IPEndPoint(IPAddress.Any, port)];
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return [new IPEndPoint(address, port)];
        }

        try
        {
            return [.. Dns.GetHostAddresses(host, AddressFamily.InterNetwork).Select(a => new IPEndPoint(a, port))];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new SettingException($"names the host '{host}', which is not known");
        }
    }
}
