using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Routes;

/// <summary>
/// Policies, for policymakers with permissions in the virtual host and for administrators, and operator policies, for
/// administrators. Lists are for others, too, as far as they see the virtual host.
/// </summary>
internal sealed class PolicyRoutes(PolicyKind kind)
{
    /// <summary>The paths of one kind of policies.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="path">Where they are, as in "/api/policies".</param>
    public static IEnumerable<Route> For(PolicyKind kind, string path)
    {
        var routes = new PolicyRoutes(kind);
        return
        [
            new(path, routes.ListAllAsync),
            new($"{path}/{{vhost}}", routes.ListAsync),
            new($"{path}/{{vhost}}/{{name}}", routes.OneAsync),
            new($"{path}/{{vhost}}/{{name}}", routes.PutAsync, HttpMethods.Put),
            new($"{path}/{{vhost}}/{{name}}", routes.DeleteAsync, HttpMethods.Delete),
        ];
    }

    private Task ListAllAsync(ApiRequest request) =>
        ListAsync(request, request.Sources.Broker.VirtualHosts.Where(h => MayEnter(request, h.Name)));

    private Task ListAsync(ApiRequest request)
    {
        VirtualHostView host = request.Sources.Broker.FindVirtualHost(request.Names[0]) ?? throw ApiException.NotFound();
        return MayEnter(request, host.Name)
            ? ListAsync(request, [host])
            : throw ApiException.NotAuthorised("User not authorised to access virtual host");
    }

    private async Task ListAsync(ApiRequest request, IEnumerable<VirtualHostView> hosts)
    {
        var found = new List<PolicyInfo>();
        foreach (VirtualHostView host in hosts)
        {
            found.AddRange(await host.Policies.ListAsync(kind, request.Cancellation).ConfigureAwait(false));
        }

        await Reply.ListAsync(request, found.Select(PolicyJson.From), ManagementJson.Default.PolicyJson).ConfigureAwait(false);
    }

    private async Task OneAsync(ApiRequest request)
    {
        PolicyInfo policy = await VirtualHost(request).Policies.FindAsync(kind, request.Names[1], request.Cancellation).ConfigureAwait(false)
            ?? throw ApiException.NotFound();
        await Reply.ObjectAsync(request, PolicyJson.From(policy), ManagementJson.Default.PolicyJson).ConfigureAwait(false);
    }

    private async Task PutAsync(ApiRequest request)
    {
        CheckMayChange(request);
        VirtualHostView host = request.Sources.Broker.FindVirtualHost(request.Names[0])
            ?? throw ApiException.NoVirtualHost();
        IReadOnlyList<KeyValuePair<string, object?>> body = await RequestBody.ReadObjectAsync(request).ConfigureAwait(false);
        object?[] required = RequestBody.Require(body, "pattern", "definition");
        var asked = new PolicyRequest(kind, request.Names[1], required[0], required[1]);
        asked = RequestBody.TryGet(body, "apply-to", out object? applyTo) ? asked with { ApplyTo = applyTo } : asked;
        asked = RequestBody.TryGet(body, "priority", out object? priority) ? asked with { Priority = priority } : asked;
        try
        {
            await Reply.Put(request, await host.Policies.PutAsync(asked, request.Cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (PolicyException e)
        {
            throw ApiException.BadRequest(kind == PolicyKind.User ? EscapeTags(e.Message) : e.Message);
        }
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        if (!await VirtualHost(request).Policies.DeleteAsync(kind, request.Names[1], request.Cancellation).ConfigureAwait(false))
        {
            throw ApiException.NotFound();
        }

        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <summary>RabbitMQ does this for policies, and not for operator policies.</summary>
    private static string EscapeTags(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    private static bool Has(ApiRequest request, string tag) => request.Account.Tags.Contains(tag);

    private static bool MayEnter(ApiRequest request, string virtualHost) =>
        Has(request, "administrator") || request.Sources.Broker.HasPermissions(request.Account, virtualHost);

    private VirtualHostView VirtualHost(ApiRequest request)
    {
        CheckMayChange(request);
        return request.Sources.Broker.FindVirtualHost(request.Names[0]) ?? throw ApiException.NotFound();
    }

    private void CheckMayChange(ApiRequest request)
    {
        if (Has(request, "administrator"))
        {
            return;
        }

        if (kind == PolicyKind.Operator)
        {
            throw ApiException.NotAuthorised("Not administrator user");
        }

        if (!Has(request, "policymaker") || !MayEnter(request, request.Names[0]))
        {
            throw ApiException.NotAuthorised("User not authorised to access object");
        }
    }
}
