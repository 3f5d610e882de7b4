using System.Diagnostics;
using System.Globalization;
using System.Text;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Management.Routes;

/// <summary>
/// Figures for Prometheus, named as rabbitmq_prometheus names them. On this port they ask for a login, as all else does;
/// RabbitMQ shows them without one, on a port of their own.
/// </summary>
internal static class MetricsRoute
{
    public static async Task AggregatedAsync(ApiRequest request)
    {
        if (!request.SeesAll)
        {
            throw ApiException.NotAuthorised("Not monitor user");
        }

        QueueTotals totals = await OverviewRoutes.CountAsync(request).ConfigureAwait(false);
        byte[] text = Encoding.UTF8.GetBytes(Render(request, totals));
        request.Http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        request.Http.Response.ContentLength = text.Length;
        await request.Http.Response.Body.WriteAsync(text, request.Cancellation).ConfigureAwait(false);
    }

    private static string Render(ApiRequest request, in QueueTotals totals)
    {
        ManagementOptions options = request.Sources.Options;
        (int connections, int channels) = request.Sources.Server.Count();
        using Process self = Process.GetCurrentProcess();
        var text = new StringBuilder();
        string version = Label(options.ProductVersion);
        string product = Label(options.ProductName);
        Gauge(text, $"rabbitmq_build_info{{rabbitmq_version=\"{version}\",product_name=\"{product}\",product_version=\"{version}\"}}", "Version", 1);
        Gauge(text, $"rabbitmq_identity_info{{rabbitmq_node=\"{Label(options.NodeName)}\",rabbitmq_cluster=\"{Label(options.ClusterName)}\"}}", "Node and cluster", 1);
        Gauge(text, "rabbitmq_connections", "Connections currently open", connections);
        Gauge(text, "rabbitmq_channels", "Channels currently open", channels);
        Gauge(text, "rabbitmq_consumers", "Consumers currently connected", totals.Consumers);
        Gauge(text, "rabbitmq_queues", "Queues available", totals.Queues);
        Gauge(text, "rabbitmq_queue_messages", "Sum of ready and unacknowledged messages", totals.ReadyMessages + totals.UnackedMessages);
        Gauge(text, "rabbitmq_queue_messages_ready", "Messages ready to be delivered to consumers", totals.ReadyMessages);
        Gauge(text, "rabbitmq_queue_messages_unacked", "Messages delivered to consumers but not yet acknowledged", totals.UnackedMessages);
        Gauge(text, "rabbitmq_queue_messages_ready_bytes", "Size in bytes of ready messages", totals.ReadyBytes);
        AlarmReport alarms = request.Sources.Server.Alarms;
        Gauge(text, "rabbitmq_alarms_memory_used_watermark", "is 1 if VM memory watermark alarm is in effect", alarms.Memory ? 1 : 0);
        Gauge(text, "rabbitmq_alarms_free_disk_space_watermark", "is 1 if free disk space watermark alarm is in effect", alarms.Disk ? 1 : 0);
        Gauge(text, "rabbitmq_resident_memory_limit_bytes", "Memory high watermark in bytes", alarms.MemoryLimit);
        Gauge(text, "rabbitmq_disk_space_available_bytes", "Disk space available in bytes", alarms.DiskFree ?? 0);
        Gauge(text, "rabbitmq_disk_space_available_limit_bytes", "Free disk space low watermark in bytes", alarms.DiskFreeLimit);
        Gauge(text, "amqpbroker_store_damaged_places", "Places of the store that were found damaged since the start and put aside; the log names them", request.Sources.Broker.DamagedPlaces);
        Gauge(text, "rabbitmq_process_resident_memory_bytes", "Memory used in bytes", self.WorkingSet64);
        Gauge(text, "rabbitmq_erlang_uptime_seconds", "Node uptime", (long)(DateTime.Now - self.StartTime).TotalSeconds);
        return text.ToString();
    }

    private static void Gauge(StringBuilder text, string series, string help, long value)
    {
        int labels = series.IndexOf('{', StringComparison.Ordinal);
        string name = labels < 0 ? series : series[..labels];
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} gauge\n# HELP {name} {help}\n{series} {value}\n");
    }

    /// <summary>A label's value may hold anything but these three as they are.</summary>
    private static string Label(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
