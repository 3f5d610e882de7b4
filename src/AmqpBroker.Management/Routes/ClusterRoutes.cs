using System.Text.Json;
using AmqpBroker.Core.Users;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>What RabbitMQ's tools ask of a cluster, answered for one broker.</summary>
internal static class ClusterRoutes
{
    private static readonly string[] s_features =
    [
        "classic_mirrored_queue_version", "classic_queue_type_delivery_support", "direct_exchange_routing_v2", "drop_unroutable_metric",
        "empty_basic_get_metric", "feature_flags_v2", "implicit_default_bindings", "listener_records_in_ets", "maintenance_mode_status",
        "quorum_queue", "restart_streams", "stream_queue", "stream_sac_coordinator_unblock_group", "stream_single_active_consumer",
        "tracking_records_in_ets", "user_limits", "virtual_host_metadata",
    ];

    /// <summary>The name in answers: the one that was set, or else that of the options.</summary>
    public static string NameOf(ApiRequest request) =>
        request.Sources.Broker.Parameters.FindGlobal(ParameterRoutes.ClusterName) is { } set
        && GlobalParameterJson.From(set).Value is { ValueKind: JsonValueKind.String } name
            ? name.GetString()!
            : request.Sources.Options.ClusterName;

    public static Task NameAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, new NameJson(NameOf(request)), ManagementJson.Default.NameJson);

    public static async Task PutNameAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        RequestFields body = await RequestFields.ReadAsync(request, "name").ConfigureAwait(false);
        await request.Sources.Broker.Administration.PutGlobalParameterAsync(
            ParameterRoutes.ClusterName, ParameterRoutes.ToJson(body.RequiredText("name")))
            .ConfigureAwait(false);
        await Reply.Deleted(request).ConfigureAwait(false);
    }

    public static Task FeatureFlagsAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return Reply.ListAsync(request, s_features.Select(static name => new FeatureFlagJson(name)), ManagementJson.Default.FeatureFlagJson);
    }

    /// <summary>All that there are are enabled.</summary>
    public static Task EnableFeatureFlagAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return s_features.Contains(request.Names[0]) ? Reply.Deleted(request) : throw ApiException.BadRequest("unsupported");
    }

    /// <summary>For what has nothing in it here: extensions of web pages, deprecated features, tags.</summary>
    public static Task NothingAsync(ApiRequest request) => Reply.ListAsync(request, [], ManagementJson.Default.NameJson);

    /// <summary>For what has nothing to do here: spreading queues over nodes, forgetting figures.</summary>
    public static Task NothingToDoAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return Reply.Deleted(request);
    }

    /// <summary>How one can log in, for web pages: there is no other way than a password.</summary>
    public static Task AuthenticationAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, new AuthenticationJson(), ManagementJson.Default.AuthenticationJson);

    public static Task VersionAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, request.Sources.Options.ProductVersion, ManagementJson.Default.String);

    public static Task HashPasswordAsync(ApiRequest request) => Reply.ObjectAsync(
        request,
        new HashJson(Convert.ToBase64String(PasswordHash.Create(System.Text.Encoding.UTF8.GetBytes(request.Names[0])))),
        ManagementJson.Default.HashJson);

    public static Task AttemptsAsync(ApiRequest request)
    {
        request.RequireMonitor();
        NodeRoutes.Check(request);
        (long succeeded, long failed) = request.Sources.Logins.Attempts;
        return Reply.ListAsync(
            request, [new AttemptsJson("http", succeeded + failed, failed, succeeded)], ManagementJson.Default.AttemptsJson);
    }

    /// <summary>Attempts by their origin are not counted.</summary>
    public static Task AttemptsBySourceAsync(ApiRequest request)
    {
        request.RequireMonitor();
        NodeRoutes.Check(request);
        return NothingAsync(request);
    }

    public static Task ResetAttemptsAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        NodeRoutes.Check(request);
        request.Sources.Logins.ResetAttempts();
        return Reply.Deleted(request);
    }
}
