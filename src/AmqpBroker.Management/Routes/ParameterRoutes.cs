using System.Text;
using System.Text.Json;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>
/// Parameters, for policymakers with permissions in the virtual host and for administrators. They are kept for tools; nothing
/// acts on them yet.
/// </summary>
internal static class ParameterRoutes
{
    /// <summary>The parameter that names the cluster.</summary>
    public const string ClusterName = "cluster_name";

    /// <summary>What RabbitMQ's plugins have parameters for.</summary>
    private static readonly string[] s_components = ["shovel", "federation", "federation-upstream", "federation-upstream-set"];

    public static Task ListAllAsync(ApiRequest request) => ListAsync(request, static _ => true);

    public static Task ListOfComponentAsync(ApiRequest request) => ListAsync(request, p => p.Component == request.Names[0]);

    public static Task ListOfVirtualHostAsync(ApiRequest request) =>
        request.Sources.Broker.FindVirtualHost(request.Names[1]) is null
            ? throw ApiException.NotFound()
            : ListAsync(request, p => p.Component == request.Names[0] && p.VirtualHost == request.Names[1]);

    public static Task OneAsync(ApiRequest request)
    {
        CheckMayChange(request, request.Names[1]);
        ParameterInfo parameter = request.Sources.Broker.Parameters.All.FirstOrDefault(
            p => p.Component == request.Names[0] && p.VirtualHost == request.Names[1] && p.Name == request.Names[2])
            ?? throw ApiException.NotFound();
        return Reply.ObjectAsync(request, ParameterJson.From(parameter), ManagementJson.Default.ParameterJson);
    }

    public static async Task PutAsync(ApiRequest request)
    {
        CheckMayChange(request, request.Names[1]);
        if (request.Sources.Broker.FindVirtualHost(request.Names[1]) is null)
        {
            throw ApiException.NoVirtualHost();
        }

        RequestFields body = await RequestFields.ReadAsync(request, "value").ConfigureAwait(false);
        CheckComponent(request.Names[0]);
        bool created = await request.Sources.Broker.Administration.PutParameterAsync(
            request.Names[1], request.Names[0], request.Names[2], ToJson(body.Value("value"))).ConfigureAwait(false);
        await Reply.Put(request, created).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(ApiRequest request)
    {
        CheckMayChange(request, request.Names[1]);
        await request.Sources.Broker.Administration.DeleteParameterAsync(request.Names[1], request.Names[0], request.Names[2])
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static Task ListGlobalAsync(ApiRequest request)
    {
        CheckMakesPolicies(request);
        return Reply.ListAsync(
            request, request.Sources.Broker.Parameters.Globals.Select(GlobalParameterJson.From), ManagementJson.Default.GlobalParameterJson);
    }

    public static Task OneGlobalAsync(ApiRequest request)
    {
        CheckMakesPolicies(request);
        GlobalParameterInfo parameter = request.Sources.Broker.Parameters.FindGlobal(request.Names[0]) ?? throw ApiException.NotFound();
        return Reply.ObjectAsync(request, GlobalParameterJson.From(parameter), ManagementJson.Default.GlobalParameterJson);
    }

    public static async Task PutGlobalAsync(ApiRequest request)
    {
        CheckMakesPolicies(request);
        RequestFields body = await RequestFields.ReadAsync(request, "value").ConfigureAwait(false);
        bool created = await request.Sources.Broker.Administration.PutGlobalParameterAsync(request.Names[0], ToJson(body.Value("value")))
            .ConfigureAwait(false);
        await Reply.Put(request, created).ConfigureAwait(false);
    }

    public static async Task DeleteGlobalAsync(ApiRequest request)
    {
        CheckMakesPolicies(request);
        await request.Sources.Broker.Administration.DeleteGlobalParameterAsync(request.Names[0]).ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    /// <summary>A plain value as JSON.</summary>
    public static string ToJson(object? value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            PlainTableConverter.Write(writer, value);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <exception cref="ApiException">400: nobody has parameters of this component.</exception>
    public static void CheckComponent(string component, string where = "")
    {
        if (!s_components.Contains(component))
        {
            throw ApiException.BadRequest($"Validation failed\n\ncomponent {component} not found\n{where}");
        }
    }

    private static Task ListAsync(ApiRequest request, Func<ParameterInfo, bool> which)
    {
        CheckMakesPolicies(request);
        return Reply.ListAsync(
            request,
            request.Sources.Broker.Parameters.All.Where(which).Where(p => MayEnter(request, p.VirtualHost)).Select(ParameterJson.From),
            ManagementJson.Default.ParameterJson);
    }

    private static bool MayEnter(ApiRequest request, string virtualHost) =>
        request.Account.Tags.Contains("administrator") || request.Sources.Broker.HasPermissions(request.Account, virtualHost);

    private static void CheckMayChange(ApiRequest request, string virtualHost)
    {
        CheckMakesPolicies(request);
        if (!MayEnter(request, virtualHost))
        {
            throw ApiException.NotAuthorised("User not authorised to access object");
        }
    }

    private static void CheckMakesPolicies(ApiRequest request)
    {
        if (!request.Account.Tags.Contains("administrator") && !request.Account.Tags.Contains("policymaker"))
        {
            throw ApiException.NotAuthorised("User not authorised to access object");
        }
    }
}
