using System.Globalization;
using System.Text.Json;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Routes;

/// <summary>Checks for monitors: 200 when all is well, 503 when it is not.</summary>
internal static class HealthRoutes
{
    private const string NoListener = "No active listener";
    private static readonly string[] s_units = ["days", "weeks", "months", "years"];

    public static Task AlarmsAsync(ApiRequest request) => AlarmsAsync(request, "There are alarms in effect in the cluster");

    public static Task LocalAlarmsAsync(ApiRequest request) => AlarmsAsync(request, "There are alarms in effect on the node");

    /// <summary>A command goes through the virtual host's lane and comes back; where RabbitMQ makes a queue of its own, nothing is left behind here.</summary>
    public static async Task AlivenessAsync(ApiRequest request)
    {
        await request.VirtualHost().PingAsync(request.Cancellation).ConfigureAwait(false);
        await OkAsync(request).ConfigureAwait(false);
    }

    /// <summary>The process answers: that is all there is to it.</summary>
    public static Task OkAsync(ApiRequest request) => Reply.ObjectAsync(request, StatusJson.Ok, ManagementJson.Default.StatusJson);

    /// <summary>What could only be amiss where there are several nodes.</summary>
    public static Task SingleNodeAsync(ApiRequest request) =>
        Reply.ObjectAsync(request, new StatusJson("ok") { Reason = "single node cluster" }, ManagementJson.Default.StatusJson);

    public static Task NodeAsync(ApiRequest request)
    {
        NodeRoutes.Check(request);
        return OkAsync(request);
    }

    public static Task PortAsync(ApiRequest request)
    {
        if (!int.TryParse(request.Names[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            throw ApiException.BadRequest("Invalid port");
        }

        int[] ports = [.. OverviewRoutes.Listeners(request).Select(static l => l.Port).Distinct().Order()];
        return ports.Contains(port)
            ? Reply.ObjectAsync(request, new StatusJson("ok") { Port = port }, ManagementJson.Default.StatusJson)
            : FailAsync(request, new StatusJson("failed") { Reason = NoListener, Missing = JsonSerializer.SerializeToElement(port, ManagementJson.Default.Int32), Ports = ports });
    }

    public static Task ProtocolAsync(ApiRequest request)
    {
        string protocol = request.Names[0];
        string[] protocols = [.. OverviewRoutes.Listeners(request).Select(static l => l.Protocol).Distinct()];
        return protocols.Contains(NameOf(protocol))
            ? Reply.ObjectAsync(request, new StatusJson("ok") { Protocol = protocol }, ManagementJson.Default.StatusJson)
            : FailAsync(request, new StatusJson("failed")
            {
                Reason = NoListener,
                Missing = JsonSerializer.SerializeToElement(protocol, ManagementJson.Default.String),
                Protocols = protocols,
            });
    }

    public static async Task VirtualHostsAsync(ApiRequest request)
    {
        foreach (VirtualHostView host in request.Sources.Broker.VirtualHosts)
        {
            await host.PingAsync(request.Cancellation).ConfigureAwait(false);
        }

        await OkAsync(request).ConfigureAwait(false);
    }

    /// <summary>No listener has a certificate.</summary>
    public static Task CertificatesAsync(ApiRequest request)
    {
        if (!int.TryParse(request.Names[0], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw ApiException.BadRequest($"Invalid expiration value: {request.Names[0]}");
        }

        return s_units.Contains(request.Names[1])
            ? OkAsync(request)
            : throw ApiException.BadRequest("Time unit not recognised. Supported units: days, weeks, months, years.");
    }

    /// <summary>The names that RabbitMQ's tools have for a protocol.</summary>
    private static string NameOf(string protocol) => protocol switch
    {
        "amqp091" or "amqp0-9-1" or "amqp0.9.1" => "amqp",
        "amqps" => "amqp/ssl",
        _ => protocol,
    };

    private static Task FailAsync(ApiRequest request, StatusJson status) =>
        Reply.ObjectAsync(request, status, ManagementJson.Default.StatusJson, StatusCodes.Status503ServiceUnavailable);

    private static Task AlarmsAsync(ApiRequest request, string reason)
    {
        AlarmReport report = request.Sources.Server.Alarms;
        if (report.Active == Shortages.None)
        {
            return OkAsync(request);
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
