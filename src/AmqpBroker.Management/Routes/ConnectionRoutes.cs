using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;

namespace AmqpBroker.Management.Routes;

/// <summary>Connections and their channels: others' for those who may see all, else one's own.</summary>
internal static class ConnectionRoutes
{
    public static Task ListAsync(ApiRequest request) => ListAsync(request, Visible(request));

    public static Task ListOfVirtualHostAsync(ApiRequest request)
    {
        string host = request.VirtualHost().Name;
        return ListAsync(request, Visible(request).Where(c => c.VirtualHost == host));
    }

    public static Task ListOfUserAsync(ApiRequest request) => ListAsync(request, OfUser(request));

    public static Task OneAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, ToJson(request, Find(request)), ManagementJson.Default.ConnectionJson);

    public static async Task ChannelsAsync(ApiRequest request)
    {
        ConnectionInfo connection = Find(request);
        IReadOnlyList<ChannelInfo> channels = request.Sources.Broker.FindVirtualHost(connection.VirtualHost) is { } host
            ? await host.ListChannelsAsync(request.Cancellation, ChannelRoutes.WantsHistory(request)).ConfigureAwait(false)
            : [];
        await ChannelRoutes.ListAsync(request, channels.Where(c => c.Connection == connection.Name)).ConfigureAwait(false);
    }

    /// <summary>Closes a connection by force, for the reason in the header <c>X-Reason</c>.</summary>
    public static Task DeleteAsync(ApiRequest request) => request.Sources.Server.CloseConnection(Find(request).Name, Reason(request))
        ? Reply.Deleted(request)
        : throw ApiException.NotFound();

    /// <summary>Closes all connections of a user.</summary>
    public static Task DeleteOfUserAsync(ApiRequest request)
    {
        foreach (ConnectionInfo connection in OfUser(request).ToArray())
        {
            request.Sources.Server.CloseConnection(connection.Name, Reason(request));
        }

        return Reply.Deleted(request);
    }

    /// <summary>The connections that the account may see.</summary>
    public static IEnumerable<ConnectionInfo> Visible(ApiRequest request) =>
        request.Sources.Server.Connections.Where(c => request.SeesAll || c.User == request.Account.Name);

    /// <summary>The connection of this name.</summary>
    /// <exception cref="ApiException">404: there is none; 401: it is another user's.</exception>
    public static ConnectionInfo Find(ApiRequest request, string? name = null)
    {
        name ??= request.Names[0];
        ConnectionInfo connection = request.Sources.Server.Connections.FirstOrDefault(c => c.Name == name) ?? throw ApiException.NotFound();
        return request.SeesAll || connection.User == request.Account.Name
            ? connection
            : throw ApiException.NotAuthorised("User not authorised to access object");
    }

    private static IEnumerable<ConnectionInfo> OfUser(ApiRequest request)
    {
        string user = request.Names[0];
        return request.SeesAll || user == request.Account.Name
            ? request.Sources.Server.Connections.Where(c => c.User == user)
            : throw ApiException.NotAuthorised("User not authorised to access object");
    }

    /// <summary>It goes into the connection's last frame, where no more than 255 bytes fit, and into the log.</summary>
    private static string Reason(ApiRequest request)
    {
        string reason = request.Http.Request.Headers["X-Reason"].ToString();
        return reason.Length > 0 ? reason : "Closed via management plugin";
    }

    private static Task ListAsync(ApiRequest request, IEnumerable<ConnectionInfo> connections) => Reply.PagedAsync(
        request,
        connections.OrderBy(static c => c.VirtualHost, StringComparer.Ordinal).ThenBy(static c => c.Name, StringComparer.Ordinal)
            .Select(c => ToJson(request, c)),
        ManagementJson.Default.ConnectionJson,
        static c => c.Name);

    private static ConnectionJson ToJson(ApiRequest request, ConnectionInfo connection) =>
        ConnectionJson.From(connection, request.Sources.Options.NodeName, Statistics.Of(request.Http));
}
