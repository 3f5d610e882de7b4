using System.Text.Json;
using AmqpBroker.Core.Definitions;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management.Definitions;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace AmqpBroker.Management.Routes;

/// <summary>Definitions, whole and of a virtual host, for administrators.</summary>
internal static class DefinitionRoutes
{
    public static Task ExportAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return ExportAsync(request, request.Sources.Broker.VirtualHosts, single: false);
    }

    public static Task ExportVirtualHostAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        VirtualHostView host = request.Sources.Broker.FindVirtualHost(request.Names[0]) ?? throw ApiException.BadRequest("vhost_not_found");
        return ExportAsync(request, [host], single: true);
    }

    public static Task ImportAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return ImportAsync(request, virtualHost: null);
    }

    public static Task ImportVirtualHostAsync(ApiRequest request)
    {
        request.RequireAdministrator();
        return request.Sources.Broker.FindVirtualHost(request.Names[0]) is null
            ? throw ApiException.NoVirtualHost()
            : ImportAsync(request, request.Names[0]);
    }

    private static async Task ExportAsync(ApiRequest request, IReadOnlyList<VirtualHostView> hosts, bool single)
    {
        HttpResponse response = request.Http.Response;
        response.ContentType = "application/json";
        string name = request.Http.Request.Query["download"].ToString();
        if (name.Length > 0)
        {
            // Letters and digits alone: it becomes a part of a header, and of a path at the other end.
            string plain = string.Concat(name.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));
            response.Headers[HeaderNames.ContentDisposition] = $"attachment; filename={plain}";
        }

        await using var writer = new Utf8JsonWriter(response.BodyWriter, Reply.Format);
        await new DefinitionWriter(request, writer, hosts, single).WriteAsync().ConfigureAwait(false);
        await writer.FlushAsync(request.Cancellation).ConfigureAwait(false);
    }

    private static async Task ImportAsync(ApiRequest request, string? virtualHost)
    {
        DefinitionSet set = new DefinitionReader(await ReadAsync(request).ConfigureAwait(false), virtualHost).Read();
        foreach (ParameterInfo parameter in set.Parameters)
        {
            ParameterRoutes.CheckComponent(parameter.Component, $" ({parameter.VirtualHost}/{parameter.Component}/{parameter.Name})");
        }

        try
        {
            IReadOnlyList<string> skipped = await request.Sources.Broker.Administration.ImportAsync(set, request.Cancellation).ConfigureAwait(false);
            if (skipped.Count > 0)
            {
                await Reply.ObjectAsync(request, new ImportedJson(skipped), ManagementJson.Default.ImportedJson).ConfigureAwait(false);
                return;
            }

            await Reply.Deleted(request).ConfigureAwait(false);
        }
        catch (DefinitionException e)
        {
            throw ApiException.BadRequest(e.Message);
        }
    }

    /// <summary>The file: the body itself, or what a form uploads as "file".</summary>
    private static async Task<IReadOnlyList<KeyValuePair<string, object?>>> ReadAsync(ApiRequest request)
    {
        HttpRequest http = request.Http.Request;
        try
        {
            if (!http.HasFormContentType)
            {
                return await RequestBody.ReadObjectAsync(request).ConfigureAwait(false);
            }

            // In memory: bodies are bounded, and nothing of a definitions file belongs on the disk.
            int limit = (int)request.Sources.Options.MaxLargeBodyBytes;
            http.HttpContext.Features.Set<IFormFeature>(new FormFeature(http, new FormOptions { MemoryBufferThreshold = limit, MultipartBodyLengthLimit = limit }));
            IFormCollection form = await http.ReadFormAsync(request.Cancellation).ConfigureAwait(false);
            IFormFile file = form.Files.GetFile("file") ?? throw ApiException.BadRequest("failed_to_parse_json");
            await using Stream content = file.OpenReadStream();
            return await RequestBody.ReadObjectAsync(content, request.Cancellation).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.Message == "not_json")
        {
            throw ApiException.BadRequest("failed_to_parse_json");
        }
        catch (InvalidDataException)
        {
            throw ApiException.BadRequest("failed_to_parse_json");
        }
    }
}
