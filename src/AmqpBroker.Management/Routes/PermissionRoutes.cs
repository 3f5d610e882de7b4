using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Permissions, for administrators alone. Paths name the virtual host first, then the account.</summary>
internal static class PermissionRoutes
{
    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, static _ => true);

    public static Task ListOfUserAsync(ApiRequest request)
    {
        string user = UserRoutes.Find(request).Name;
        return ListAsync(request, permission => permission.User == user);
    }

    public static Task ListOfVirtualHostAsync(ApiRequest request)
    {
        AccountsView accounts = request.Accounts;
        string host = request.VirtualHost().Name;
        return ListAsync(request, accounts, permission => permission.VirtualHost == host);
    }

    public static Task OneAsync(ApiRequest request) => Reply.ObjectAsync(
        request,
        PermissionJson.From(request.Accounts.FindPermissions(request.Names[1], request.Names[0]) ?? throw ApiException.NotFound()),
        ManagementJson.Default.PermissionJson);

    public static async Task PutAsync(ApiRequest request)
    {
        var administration = request.Administration;
        RequestFields body = await RequestFields.ReadAsync(request, "configure", "write", "read").ConfigureAwait(false);
        bool created = await administration.SetPermissionsAsync(
            request.Names[0], request.Names[1], body.RequiredText("configure"), body.RequiredText("write"), body.RequiredText("read"))
            .ConfigureAwait(false);
        await Reply.Put(request, isNew: created).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        await request.Administration.ClearPermissionsAsync(request.Names[0], request.Names[1]).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    private static Task ListAsync(ApiRequest request, Func<PermissionInfo, bool> which) => ListAsync(request, request.Accounts, which);

    private static Task ListAsync(ApiRequest request, AccountsView accounts, Func<PermissionInfo, bool> which) => Reply.ListAsync(
        request, accounts.Permissions.Where(which).Select(PermissionJson.From), ManagementJson.Default.PermissionJson);
}
