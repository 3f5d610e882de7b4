using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AmqpBroker.Management.Requests;

/// <summary>
/// Splits a path as it came over the wire. The server's own reading of paths joins <c>..</c> and keeps <c>%2F</c>, so that a name
/// with a slash or a percent sign cannot be told from others; here each segment is decoded once, after the split.
/// </summary>
internal static class PathSegments
{
    /// <summary>The decoded segments, without an empty one at the end.</summary>
    public static string[] Of(HttpContext http)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Split(target.StartsWith('/') ? target : http.Request.Path.Value ?? "/");
    }

    /// <summary>The decoded segments of a path that begins with a slash and may have a query.</summary>
    public static string[] Split(string target)
    {
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string[] segments = (query < 0 ? target : target[..query])[1..].Split('/');
        if (segments[^1].Length == 0)
        {
            Array.Resize(ref segments, segments.Length - 1);
        }

        for (int i = 0; i < segments.Length; i++)
        {
            segments[i] = Uri.UnescapeDataString(segments[i]);
        }

        return segments;
    }
}
