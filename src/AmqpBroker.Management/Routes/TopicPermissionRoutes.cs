using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Topic permissions, for administrators alone. Paths name the virtual host, the account, and the exchange.</summary>
internal static class TopicPermissionRoutes
{
    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, request.Accounts.TopicPermissions);

    public static Task ListOfUserAsync(ApiRequest request)
    {
        string user = UserRoutes.Find(request).Name;
        return ListAsync(request, request.Accounts.TopicPermissions.Where(permission => permission.User == user));
    }

    public static Task ListOfVirtualHostAsync(ApiRequest request)
    {
        AccountsView accounts = request.Accounts;
        string host = request.VirtualHost().Name;
        return ListAsync(request, accounts.TopicPermissions.Where(permission => permission.VirtualHost == host));
    }

    public static Task ListOfUserInVirtualHostAsync(ApiRequest request)
    {
        TopicPermissionInfo[] found =
            [.. request.Accounts.TopicPermissions.Where(p => p.VirtualHost == request.Names[0] && p.User == request.Names[1])];
        return found.Length > 0 ? ListAsync(request, found) : throw ApiException.NotFound();
    }

    public static async Task PutAsync(ApiRequest request)
    {
        var administration = request.Administration;
        RequestFields body = await RequestFields.ReadAsync(request, "exchange", "write", "read").ConfigureAwait(false);
        bool created = await administration.SetTopicPermissionsAsync(
            request.Names[0], request.Names[1], body.RequiredText("exchange"), body.RequiredText("write"), body.RequiredText("read"))
            .ConfigureAwait(false);
        await Reply.Put(request, isNew: created).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        string? exchange = request.Names.Count > 2 ? request.Names[2] : null;
        await request.Administration.ClearTopicPermissionsAsync(request.Names[0], request.Names[1], exchange).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    private static Task ListAsync(ApiRequest request, IEnumerable<TopicPermissionInfo> permissions) => Reply.ListAsync(
        request, permissions.Select(TopicPermissionJson.From), ManagementJson.Default.TopicPermissionJson);
}
