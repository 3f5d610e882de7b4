using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Routes;

/// <summary>Checks for monitors: 200 when all is well.</summary>
internal static class HealthRoutes
{
    /// <summary>The one alarm there is: a journal waits for room on the disk.</summary>
    public static bool IsDiskShort(Sources sources) => sources.Broker.VirtualHosts.Any(static h => h.DiskFull);

    public static Task AlarmsAsync(ApiRequest request) => IsDiskShort(request.Sources)
        ? Reply.ObjectAsync(
            request,
            new AlarmsJson("failed", "There are alarms in effect in the cluster", [new(request.Sources.Options.NodeName, "disk")]),
            ManagementJson.Default.AlarmsJson,
            StatusCodes.Status503ServiceUnavailable)
        : Reply.ObjectAsync(request, StatusJson.Ok, ManagementJson.Default.StatusJson);

    /// <summary>A command goes through the virtual host's lane and comes back; where RabbitMQ makes a queue of its own, nothing is left behind here.</summary>
    public static async Task AlivenessAsync(ApiRequest request)
    {
        await request.VirtualHost().PingAsync(request.Cancellation).ConfigureAwait(false);
        await Reply.ObjectAsync(request, StatusJson.Ok, ManagementJson.Default.StatusJson).ConfigureAwait(false);
    }
}
