using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AmqpBroker.Management.Model;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Requests;

/// <summary>Writes answers.</summary>
internal static class Reply
{
    /// <summary>One object, with its length.</summary>
    public static Task ObjectAsync<T>(ApiRequest request, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        ObjectAsync(request.Http, value, type, status, request.Cancellation);

    /// <summary>A list of any length: sent while it is written, and never whole in memory.</summary>
    public static Task ListAsync<T>(ApiRequest request, IEnumerable<T> values, JsonTypeInfo<IEnumerable<T>> type)
    {
        request.Http.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(request.Http.Response.BodyWriter, values, type, request.Cancellation);
    }

    /// <summary>Something was put: 201 if it is new, else 204; nothing is sent with it.</summary>
    public static Task Put(ApiRequest request, bool isNew)
    {
        request.Http.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        if (isNew)
        {
            request.Http.Response.ContentLength = 0;
        }

        return Task.CompletedTask;
    }

    /// <summary>Something was deleted, or changed without a word.</summary>
    public static Task Deleted(ApiRequest request)
    {
        request.Http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Why there is no other answer.</summary>
    public static Task ErrorAsync(HttpContext http, int status, ErrorJson error, CancellationToken cancellation) =>
        ObjectAsync(http, error, ManagementJson.Default.ErrorJson, status, cancellation);

    private static async Task ObjectAsync<T>(HttpContext http, T value, JsonTypeInfo<T> type, int status, CancellationToken cancellation)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, cancellation).ConfigureAwait(false);
    }
}
