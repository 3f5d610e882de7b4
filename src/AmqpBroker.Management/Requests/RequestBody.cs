using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Requests;

/// <summary>
/// The JSON object of a request, as plain values: null, bool, long, double (whole numbers too large for a long as well), string,
/// <c>object?[]</c>, and objects as <c>KeyValuePair&lt;string, object?&gt;[]</c>.
/// </summary>
internal static class RequestBody
{
    /// <summary>The members in their order; no body is the same as an empty object, as for RabbitMQ.</summary>
    /// <exception cref="ApiException">400: no JSON, or no object; 413: too long.</exception>
    public static async Task<IReadOnlyList<KeyValuePair<string, object?>>> ReadObjectAsync(ApiRequest request)
    {
        try
        {
            return await ReadObjectAsync(request.Http.Request.Body, request.Cancellation).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiException(e.StatusCode, "bad_request", "payload_too_large");
        }
    }

    /// <summary>The same of any bytes.</summary>
    /// <exception cref="ApiException">400: no JSON, or no object.</exception>
    public static async Task<IReadOnlyList<KeyValuePair<string, object?>>> ReadObjectAsync(Stream body, CancellationToken cancellation)
    {
        try
        {
            using var bytes = new MemoryStream();
            await body.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
            if (bytes.Length == 0)
            {
                return [];
            }

            using JsonDocument json = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
            return json.RootElement.ValueKind == JsonValueKind.Object ? Members(json.RootElement) : throw ApiException.BadRequest("not_json");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ApiException.BadRequest("not_json");
        }
    }

    /// <summary>The last member of this name; false if there is none.</summary>
    public static bool TryGet(IReadOnlyList<KeyValuePair<string, object?>> members, string name, out object? value)
    {
        for (int i = members.Count - 1; i >= 0; i--)
        {
            if (members[i].Key == name)
            {
                value = members[i].Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>The values of members that must be there.</summary>
    /// <exception cref="ApiException">400: one is missing.</exception>
    public static object?[] Require(IReadOnlyList<KeyValuePair<string, object?>> members, params string[] names)
    {
        string[] missing = [.. names.Where(n => !TryGet(members, n, out _))];
        return missing.Length == 0
            ? [.. names.Select(n => TryGet(members, n, out object? value) ? value : null)]
            : throw ApiException.BadRequest($"[{string.Join(',', missing.Select(static n => $"{{key_missing,{n}}}"))}]");
    }

    private static KeyValuePair<string, object?>[] Members(JsonElement json) =>
        [.. json.EnumerateObject().Select(static m => KeyValuePair.Create(m.Name, Plain(m.Value)))];

    private static object? Plain(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out long number) ? (object)number : json.GetDouble(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Array => json.EnumerateArray().Select(Plain).ToArray(),
        JsonValueKind.Object => Members(json),
        _ => null,
    };
}
