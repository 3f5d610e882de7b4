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

    public static Task OneAsync(ApiRequest request) => Reply.ObjectAsync(
        request, ConnectionJson.From(Find(request), request.Sources.Options.NodeName), ManagementJson.Default.ConnectionJson);

    /// <summary>Closes a connection by force, for the reason in the header <c>X-Reason</c>.</summary>
    public static Task DeleteAsync(ApiRequest request)
    {
        string reason = request.Http.Request.Headers["X-Reason"].ToString();
        return request.Sources.Server.CloseConnection(Find(request).Name, reason.Length > 0 ? reason : "Closed via management plugin")
            ? Reply.Deleted(request)
            : throw ApiException.NotFound();
    }

    /// <exception cref="ApiException">404: there is none; 401: it is another user's.</exception>
    private static ConnectionInfo Find(ApiRequest request)
    {
        ConnectionInfo connection = request.Sources.Server.Connections.FirstOrDefault(c => c.Name == request.Names[0]) ?? throw ApiException.NotFound();
        return request.SeesAll || connection.User == request.Account.Name
            ? connection
            : throw ApiException.NotAuthorised("User not authorised to access object");
    }

    /// <summary>The connections that the account may see.</summary>
    public static IEnumerable<ConnectionInfo> Visible(ApiRequest request) =>
        request.Sources.Server.Connections.Where(c => request.SeesAll || c.User == request.Account.Name);
}
