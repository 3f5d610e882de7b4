using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Management.Routes;

/// <summary>The one node that there is, for those who may see all.</summary>
internal static class NodeRoutes
{
    public static Task ListAsync(ApiRequest request) => Reply.ListAsync(request, [Node(request)], ManagementJson.Default.NodeJson);

    public static Task OneAsync(ApiRequest request)
    {
        NodeJson node = Node(request);
        Check(request);
        return Reply.ObjectAsync(request, node, ManagementJson.Default.NodeJson);
    }

    public static Task MemoryAsync(ApiRequest request)
    {
        request.RequireMonitor();
        Check(request);
        return Reply.ObjectAsync(request, MemoryJson.Now(request.Sources.Server.Alarms), ManagementJson.Default.MemoryJson);
    }

    public static Task RelativeMemoryAsync(ApiRequest request)
    {
        request.RequireMonitor();
        Check(request);
        MemoryPartsJson parts = MemoryJson.Now(request.Sources.Server.Alarms).Memory;
        long total = Math.Max(1, parts.OtherProc + parts.AllocatedUnused + parts.OtherSystem);
        return Reply.ObjectAsync(
            request,
            new RelativeMemoryJson(new(
                100, parts.OtherProc * 100 / total, parts.AllocatedUnused * 100 / total, parts.OtherSystem * 100 / total)),
            ManagementJson.Default.RelativeMemoryJson);
    }

    /// <exception cref="ApiException">404: the path names another node.</exception>
    public static void Check(ApiRequest request)
    {
        if (request.Names[0] != request.Sources.Options.NodeName)
        {
            throw ApiException.NotFound();
        }
    }

    private static NodeJson Node(ApiRequest request)
    {
        request.RequireMonitor();
        AlarmReport alarms = request.Sources.Server.Alarms;
        ManagementOptions options = request.Sources.Options;
        return NodeJson.Now(
            options.NodeName,
            options.ProductVersion,
            alarms,
            request.Sources.Server.Count().Connections,
            OverviewRoutes.Contexts(request),
            OverviewRoutes.AllExchangeTypes);
    }
}
