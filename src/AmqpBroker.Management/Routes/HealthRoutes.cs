using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Routes;

/// <summary>Checks for monitors: 200 when all is well.</summary>
internal static class HealthRoutes
{
    public static Task AlarmsAsync(ApiRequest request) => AlarmsAsync(request, "There are alarms in effect in the cluster");

    public static Task LocalAlarmsAsync(ApiRequest request) => AlarmsAsync(request, "There are alarms in effect on the node");

    /// <summary>A command goes through the virtual host's lane and comes back; where RabbitMQ makes a queue of its own, nothing is left behind here.</summary>
    public static async Task AlivenessAsync(ApiRequest request)
    {
        await request.VirtualHost().PingAsync(request.Cancellation).ConfigureAwait(false);
        await Reply.ObjectAsync(request, StatusJson.Ok, ManagementJson.Default.StatusJson).ConfigureAwait(false);
    }

    private static Task AlarmsAsync(ApiRequest request, string reason)
    {
        AlarmReport report = request.Sources.Server.Alarms;
        if (report.Active == Shortages.None)
        {
            return Reply.ObjectAsync(request, StatusJson.Ok, ManagementJson.Default.StatusJson);
        }

        string node = request.Sources.Options.NodeName;
        List<AlarmJson> alarms = [];
        if (report.Disk)
        {
            alarms.Add(new(node, "disk space"));
        }

        if (report.Memory)
        {
            alarms.Add(new(node, "memory"));
        }

        return Reply.ObjectAsync(
            request, new AlarmsJson("failed", reason, alarms), ManagementJson.Default.AlarmsJson, StatusCodes.Status503ServiceUnavailable);
    }
}
