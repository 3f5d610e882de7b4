using System.Globalization;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Management.Routes;

/// <summary>
/// The limits of the memory and disk alarms while the broker runs: what <c>rabbitmqctl set_vm_memory_high_watermark</c> and
/// <c>set_disk_free_limit</c> do. A path of this broker's own. They last until it stops.
/// </summary>
internal static class ResourceLimitRoutes
{
    public static Task OneAsync(ApiRequest request)
    {
        AlarmReport report = request.Sources.Server.Alarms;
        return Reply.ObjectAsync(
            request,
            new ResourceLimitsJson(report.MemoryUsed, report.MemoryLimit, report.Memory, report.DiskFree, report.DiskFreeLimit, report.Disk),
            ManagementJson.Default.ResourceLimitsJson);
    }

    public static async Task PutAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        RequestFields body = await RequestFields.ReadAsync(request).ConfigureAwait(false);
        if (!request.Sources.Server.TrySetLimits(Text(body, "memory_high_watermark"), Text(body, "disk_free_limit")))
        {
            throw ApiException.BadRequest("not a limit");
        }

        await Reply.Put(request, isNew: false).ConfigureAwait(false);
    }

    private static string? Text(RequestFields body, string field) =>
        Convert.ToString(body.Value(field), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}
