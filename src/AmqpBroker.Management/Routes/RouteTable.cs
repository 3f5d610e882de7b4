using AmqpBroker.Core.Policies;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Routes;

/// <summary>All paths that are served.</summary>
internal static class RouteTable
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("/api/overview", OverviewRoutes.OverviewAsync),
        new("/api/whoami", OverviewRoutes.WhoAmIAsync),
        new("/api/vhosts", VirtualHostRoutes.ListAsync),
        new("/api/vhosts/{vhost}", VirtualHostRoutes.OneAsync),
        new("/api/vhosts/{vhost}", VirtualHostRoutes.PutAsync, "PUT"),
        new("/api/vhosts/{vhost}", VirtualHostRoutes.DeleteAsync, "DELETE"),
        new("/api/vhosts/{vhost}/permissions", PermissionRoutes.ListOfVirtualHostAsync),
        new("/api/vhosts/{vhost}/topic-permissions", TopicPermissionRoutes.ListOfVirtualHostAsync),
        new("/api/vhost-limits", LimitRoutes.ListOfVirtualHostsAsync),
        new("/api/vhost-limits/{vhost}", LimitRoutes.ListOfVirtualHostAsync),
        new("/api/vhost-limits/{vhost}/{limit}", LimitRoutes.PutOfVirtualHostAsync, "PUT"),
        new("/api/vhost-limits/{vhost}/{limit}", LimitRoutes.DeleteOfVirtualHostAsync, "DELETE"),
        new("/api/users", UserRoutes.ListAsync),
        new("/api/users/without-permissions", UserRoutes.ListWithoutPermissionsAsync),
        new("/api/users/bulk-delete", UserRoutes.DeleteManyAsync, "POST"),
        new("/api/users/{user}", UserRoutes.OneAsync),
        new("/api/users/{user}", UserRoutes.PutAsync, "PUT"),
        new("/api/users/{user}", UserRoutes.DeleteAsync, "DELETE"),
        new("/api/users/{user}/permissions", PermissionRoutes.ListOfUserAsync),
        new("/api/users/{user}/topic-permissions", TopicPermissionRoutes.ListOfUserAsync),
        new("/api/user-limits", LimitRoutes.ListOfUsersAsync),
        new("/api/user-limits/{user}", LimitRoutes.ListOfUserAsync),
        new("/api/user-limits/{user}/{limit}", LimitRoutes.PutOfUserAsync, "PUT"),
        new("/api/user-limits/{user}/{limit}", LimitRoutes.DeleteOfUserAsync, "DELETE"),
        new("/api/permissions", PermissionRoutes.ListAllAsync),
        new("/api/permissions/{vhost}/{user}", PermissionRoutes.OneAsync),
        new("/api/permissions/{vhost}/{user}", PermissionRoutes.PutAsync, "PUT"),
        new("/api/permissions/{vhost}/{user}", PermissionRoutes.DeleteAsync, "DELETE"),
        new("/api/topic-permissions", TopicPermissionRoutes.ListAllAsync),
        new("/api/topic-permissions/{vhost}/{user}", TopicPermissionRoutes.ListOfUserInVirtualHostAsync),
        new("/api/topic-permissions/{vhost}/{user}", TopicPermissionRoutes.PutAsync, "PUT"),
        new("/api/topic-permissions/{vhost}/{user}", TopicPermissionRoutes.DeleteAsync, "DELETE"),
        new("/api/topic-permissions/{vhost}/{user}/{exchange}", TopicPermissionRoutes.DeleteAsync, "DELETE"),
        new("/api/exchanges", ExchangeRoutes.ListAllAsync),
        new("/api/exchanges/{vhost}", ExchangeRoutes.ListAsync),
        new("/api/exchanges/{vhost}/{name}", ExchangeRoutes.OneAsync),
        new("/api/queues", QueueRoutes.ListAllAsync),
        new("/api/queues/{vhost}", QueueRoutes.ListAsync),
        new("/api/queues/{vhost}/{name}", QueueRoutes.OneAsync),
        new("/api/bindings", BindingRoutes.ListAllAsync),
        new("/api/bindings/{vhost}", BindingRoutes.ListAsync),
        .. PolicyRoutes.For(PolicyKind.User, "/api/policies"),
        .. PolicyRoutes.For(PolicyKind.Operator, "/api/operator-policies"),
        new("/api/connections", ConnectionRoutes.ListAsync),
        new("/api/connections/{name}", ConnectionRoutes.OneAsync),
        new("/api/connections/{name}", ConnectionRoutes.DeleteAsync, "DELETE"),
        new("/api/resource-limits", ResourceLimitRoutes.OneAsync),
        new("/api/resource-limits", ResourceLimitRoutes.PutAsync, "PUT"),
        new("/api/health/checks/alarms", HealthRoutes.AlarmsAsync),
        new("/api/health/checks/local-alarms", HealthRoutes.LocalAlarmsAsync),
        new("/api/aliveness-test/{vhost}", HealthRoutes.AlivenessAsync),
        new("/metrics", MetricsRoute.AggregatedAsync),
    ];
}
