using System.Net.Sockets;
using System.Text;

namespace AmqpBroker.Differential.References;

/// <summary>What asking for Docker came to.</summary>
/// <param name="Answers">Whether a Docker engine answered.</param>
/// <param name="Finding">What was found, in words for the reader of a run.</param>
internal sealed record DockerProbe(bool Answers, string Finding)
{
    /// <summary>A local engine answers in milliseconds; without one, a run must not wait for it.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(400);

    /// <summary>Asks the engine that <c>DOCKER_HOST</c> names, else the one at the usual sockets.</summary>
    public static DockerProbe Ask() => Ask(Environment.GetEnvironmentVariable("DOCKER_HOST"), UsualSockets());

    /// <summary>Asks the engine of this address, else the first of these sockets that there is.</summary>
    public static DockerProbe Ask(string? host, IEnumerable<string> sockets)
    {
        if (host is not { Length: > 0 })
        {
            return sockets.FirstOrDefault(File.Exists) is { } found ? Ping($"unix://{found}", new UnixDomainSocketEndPoint(found)) : new(false, "no Docker: no DOCKER_HOST and no socket");
        }

        if (!Uri.TryCreate(host, UriKind.Absolute, out Uri? uri))
        {
            return new(false, $"no Docker: DOCKER_HOST is no address: {host}");
        }

        return uri.Scheme switch
        {
            "unix" when !File.Exists(uri.LocalPath) => new(false, $"no Docker: DOCKER_HOST names {uri.LocalPath}, which is not there"),
            "unix" => Ping(host, new UnixDomainSocketEndPoint(uri.LocalPath)),
            "tcp" or "http" => Ping(host, new System.Net.DnsEndPoint(uri.Host, uri.Port > 0 ? uri.Port : 2375)),
            _ => new(false, $"no Docker: {uri.Scheme} of DOCKER_HOST is not asked; DIFFERENTIAL_RABBITMQ=container takes it all the same"),
        };
    }

    /// <summary>Where engines listen on Linux, and in their rootless and desktop forms.</summary>
    private static string[] UsualSockets()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return ["/var/run/docker.sock", .. runtime is null ? [] : (string[])[Path.Combine(runtime, "docker.sock")], Path.Combine(home, ".docker", "run", "docker.sock")];
    }

    /// <summary>The engine's own question for life. One that speaks TLS only refuses it, which is a sign of life too.</summary>
    private static DockerProbe Ping(string name, System.Net.EndPoint address)
    {
        using CancellationTokenSource limit = new(s_limit);
        try
        {
            return PingAsync(name, address, limit.Token).GetAwaiter().GetResult();
        }
        catch (SocketException fault)
        {
            return new(false, $"no Docker: {name} does not answer ({fault.SocketErrorCode})");
        }
        catch (OperationCanceledException)
        {
            return new(false, $"no Docker: {name} did not answer within {s_limit.TotalMilliseconds} ms");
        }
    }

    private static async Task<DockerProbe> PingAsync(string name, System.Net.EndPoint address, CancellationToken cancellation)
    {
        bool isUnix = address is UnixDomainSocketEndPoint;
        using Socket socket = isUnix ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, cancellation);
        await socket.SendAsync("GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"u8.ToArray(), cancellation);
        byte[] answer = new byte[1024];
        int count = await socket.ReceiveAsync(answer, cancellation);
        string line = Encoding.ASCII.GetString(answer, 0, count).Split('\r')[0];
        bool isTls = line.Contains("400", StringComparison.Ordinal) && Environment.GetEnvironmentVariable("DOCKER_TLS_VERIFY") is { Length: > 0 };
        return line.StartsWith("HTTP/", StringComparison.Ordinal) && (isTls || line.Split(' ') is [_, "200", ..])
            ? new(true, $"Docker answers at {name}")
            : new(false, $"no Docker: {name} answers otherwise: {(line.Length == 0 ? "nothing" : line)}");
    }
}
