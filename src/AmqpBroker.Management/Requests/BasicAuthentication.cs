using System.Net;
using AmqpBroker.Core.Snapshots;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AmqpBroker.Management.Requests;

/// <summary>HTTP basic authentication against the broker's accounts, with RabbitMQ's answers.</summary>
internal static class BasicAuthentication
{
    /// <summary>The challenge of a 401.</summary>
    public const string Challenge = "Basic realm=\"RabbitMQ Management\"";

    private const string Scheme = "Basic ";
    private static readonly string[] s_managementTags = ["administrator", "monitoring", "policymaker", "management"];

    /// <summary>Who asks; null, with the answer's status set, when the request does not say so readably.</summary>
    /// <exception cref="ApiException">401: wrong, not from here, or not an account for management.</exception>
    public static async Task<AccountInfo?> AuthenticateAsync(HttpContext http, Sources sources, CancellationToken cancellation)
    {
        string header = http.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers[HeaderNames.WWWAuthenticate] = Challenge;
            return null;
        }

        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.LoginFailed();
        }

        if (Decode(header.AsSpan(Scheme.Length).Trim()) is not { } credentials)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return null;
        }

        AccountInfo account = await sources.Logins.LoginAsync(credentials, cancellation).ConfigureAwait(false) ?? throw ApiException.LoginFailed();
        if (!IsLoopback(http.Connection.RemoteIpAddress) && sources.Options.LoopbackUsers.Contains(account.Name))
        {
            throw ApiException.NotAuthorised("User can only log in via localhost");
        }

        return account.Tags.Any(s_managementTags.Contains) ? account : throw ApiException.NotAuthorised("Not management user");
    }

    private static byte[]? Decode(ReadOnlySpan<char> base64)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64Chars(base64, bytes, out int written) && bytes.AsSpan(0, written).Contains((byte)':')
            ? bytes[..written]
            : null;
    }

    private static bool IsLoopback(IPAddress? address) =>
        address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
