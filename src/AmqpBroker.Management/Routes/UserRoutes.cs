using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Users;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Accounts, for administrators alone.</summary>
internal static class UserRoutes
{
    public static Task ListAsync(ApiRequest request) => ListAsync(request, request.Accounts.Users);

    /// <summary>Those who may use no virtual host.</summary>
    public static Task ListWithoutPermissionsAsync(ApiRequest request)
    {
        AccountsView accounts = request.Accounts;
        HashSet<string> with = [.. accounts.Permissions.Select(static p => p.User)];
        return ListAsync(request, accounts.Users.Where(user => !with.Contains(user.Name)));
    }

    public static Task OneAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, UserJson.From(Find(request)), ManagementJson.Default.UserJson);

    public static async Task PutAsync(ApiRequest request)
    {
        var administration = request.Administration;
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        IReadOnlyList<string> tags = body.Texts("tags") ?? throw ApiException.BadRequest("tags_not_present");
        string? password = body.Text("password");
        string? hash = body.Text("password_hash");
        if (password is not null && hash is not null)
        {
            throw ApiException.BadRequest("both_password_and_password_hash_are_provided");
        }

        string name = request.Names[0];
        await Reply.Put(request, isNew: hash is null
            ? await administration.PutUserAsync(name, password, tags).ConfigureAwait(false)
            : await administration.PutUserAsync(name, Decode(hash), HashingOf(body), tags).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        await request.Administration.DeleteUserAsync(request.Names[0]).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task DeleteManyAsync(ApiRequest request)
    {
        var administration = request.Administration;
        RequestFields body = await RequestFields.ReadAsync(request, "users").ConfigureAwait(false);
        IReadOnlyList<string> names = body.Texts("users")!;
        if (names.FirstOrDefault(name => request.Accounts.FindUser(name) is null) is { } missing)
        {
            throw ApiException.BadRequest($"no_such_user: {missing}");
        }

        await administration.DeleteUsersAsync(names).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <summary>The account that the path names first.</summary>
    /// <exception cref="ApiException">404: there is none.</exception>
    public static UserInfo Find(ApiRequest request) => request.Accounts.FindUser(request.Names[0]) ?? throw ApiException.NotFound();

    private static Task ListAsync(ApiRequest request, IEnumerable<UserInfo> users) =>
        Reply.ListAsync(request, users.Select(UserJson.From), ManagementJson.Default.UserJson);

    private static byte[] Decode(string hash)
    {
        byte[] bytes = new byte[hash.Length];
        return Convert.TryFromBase64String(hash, bytes, out int written)
            ? bytes[..written]
            : throw ApiException.BadRequest($"not_base64: {hash}");
    }

    private static PasswordHashing HashingOf(RequestFields body) => body.Text("hashing_algorithm") is not { } name
        ? PasswordHashing.Sha256
        : PasswordHash.Parse(name) ?? throw ApiException.BadRequest($"unknown hashing algorithm: {name}");
}
