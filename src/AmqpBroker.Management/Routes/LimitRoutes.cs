using System.Globalization;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>Limits of accounts and of virtual hosts. Changed by administrators alone.</summary>
internal static class LimitRoutes
{
    public static Task ListOfUsersAsync(ApiRequest request) => ListAsync(request, request.Accounts.Users);

    public static Task ListOfUserAsync(ApiRequest request) => ListAsync(request, [UserRoutes.Find(request)]);

    public static Task ListOfVirtualHostsAsync(ApiRequest request) => ListAsync(request, request.VisibleVirtualHosts);

    public static Task ListOfVirtualHostAsync(ApiRequest request) => ListAsync(request, [request.VirtualHost()]);

    public static async Task PutOfUserAsync(ApiRequest request)
    {
        var administration = request.Administration;
        (string name, long value) = await ReadAsync(request, static text => text).ConfigureAwait(false);
        if (request.Accounts.FindUser(request.Names[0]) is null)
        {
            throw ApiException.BadRequest($"no_such_user: {request.Names[0]}");
        }

        await administration.SetUserLimitsAsync(request.Names[0], limits => LimitNames.With(limits, name, value)
            ?? throw ApiException.BadRequest($"Unrecognised terms [{{<<\"{name}\">>,{value}}}] in user-limits")).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task DeleteOfUserAsync(ApiRequest request)
    {
        await request.Administration.SetUserLimitsAsync(request.Names[0], limits => LimitNames.With(limits, request.Names[1], null) ?? limits)
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task PutOfVirtualHostAsync(ApiRequest request)
    {
        var administration = request.Administration;
        (string name, long value) = await ReadAsync(request, Validation).ConfigureAwait(false);
        if (request.Sources.Broker.FindVirtualHost(request.Names[0]) is null)
        {
            throw ApiException.NoVirtualHost();
        }

        await administration.SetVirtualHostLimitsAsync(request.Names[0], limits => LimitNames.With(limits, name, value)
            ?? throw ApiException.BadRequest(Validation($"Unrecognised terms [{{<<\"{name}\">>,{value}}}] in limits"))).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static async Task DeleteOfVirtualHostAsync(ApiRequest request)
    {
        await request.Administration.SetVirtualHostLimitsAsync(request.Names[0], limits => LimitNames.With(limits, request.Names[1], null) ?? limits)
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    private static string Validation(string text) => $"Validation failed\n\n{text}\n";

    private static async Task<(string Name, long Value)> ReadAsync(ApiRequest request, Func<string, string> failure)
    {
        RequestFields body = await RequestFields.ReadAsync(request, "value").ConfigureAwait(false);
        string name = request.Names[1];
        object? value = body.Value("value");
        return value is long number
            ? (name, number)
            : throw ApiException.BadRequest(failure($"{name} should be a number, actually was {ErlangTerm(value)}"));
    }

    private static string ErlangTerm(object? value) =>
        value is string text ? $"<<\"{text}\">>" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static Task ListAsync(ApiRequest request, IEnumerable<UserInfo> users) => Reply.ListAsync(
        request,
        users.Select(static user => new LimitsJson(LimitNames.Of(user.Limits)) { User = user.Name }).Where(static l => l.Value.Count > 0),
        ManagementJson.Default.LimitsJson);

    private static Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts) => Reply.ListAsync(
        request,
        hosts.Select(static host => new LimitsJson(LimitNames.Of(host.Settings.Limits)) { Vhost = host.Name }).Where(static l => l.Value.Count > 0),
        ManagementJson.Default.LimitsJson);
}
