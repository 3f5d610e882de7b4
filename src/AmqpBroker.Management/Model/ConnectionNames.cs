using System.Net;

namespace AmqpBroker.Management.Model;

/// <summary>What the names of connections tell, which are "peer -> local".</summary>
internal static class ConnectionNames
{
    /// <summary>The client's address; null where it is not known.</summary>
    public static IPEndPoint? PeerOf(string connection)
    {
        int arrow = connection.IndexOf(" -> ", StringComparison.Ordinal);
        return arrow > 0 && IPEndPoint.TryParse(connection.AsSpan(0, arrow), out IPEndPoint? peer) ? peer : null;
    }
}
