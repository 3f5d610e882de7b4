using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Routes;

/// <summary>Connections: others' for those who may see all, else one's own.</summary>
internal static class ConnectionRoutes
{
    public static Task ListAsync(ApiRequest request)
    {
        string node = request.Sources.Options.NodeName;
        return Reply.ListAsync(
            request,
            Visible(request).OrderBy(static c => c.Name, StringComparer.Ordinal).Select(c => ConnectionJson.From(c, node)),
            ManagementJson.Default.IEnumerableConnectionJson);
    }

    /// <summary>The connections that the account may see.</summary>
    public static IEnumerable<ConnectionInfo> Visible(ApiRequest request) =>
        request.Sources.Server.Connections.Where(c => request.SeesAll || c.User == request.Account.Name);
}
