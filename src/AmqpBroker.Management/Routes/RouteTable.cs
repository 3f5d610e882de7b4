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
        new("/api/exchanges", ExchangeRoutes.ListAllAsync),
        new("/api/exchanges/{vhost}", ExchangeRoutes.ListAsync),
        new("/api/exchanges/{vhost}/{name}", ExchangeRoutes.OneAsync),
        new("/api/queues", QueueRoutes.ListAllAsync),
        new("/api/queues/{vhost}", QueueRoutes.ListAsync),
        new("/api/queues/{vhost}/{name}", QueueRoutes.OneAsync),
        new("/api/bindings", BindingRoutes.ListAllAsync),
        new("/api/bindings/{vhost}", BindingRoutes.ListAsync),
        new("/api/connections", ConnectionRoutes.ListAsync),
        new("/api/health/checks/alarms", HealthRoutes.AlarmsAsync),
        new("/api/health/checks/local-alarms", HealthRoutes.AlarmsAsync),
        new("/api/aliveness-test/{vhost}", HealthRoutes.AlivenessAsync),
        new("/metrics", MetricsRoute.AggregatedAsync),
    ];
}
