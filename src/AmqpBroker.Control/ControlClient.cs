using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AmqpBroker.Control;

/// <summary>Talks to the broker that serves a data directory. One caller at a time.</summary>
public sealed class ControlClient : IDisposable
{
    /// <summary>A broker that serves answers at once; one on a busy machine gets its time.</summary>
    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly HttpClient _http;

    /// <summary>A client for the socket in a data directory; connects when it is used.</summary>
    public ControlClient(string dataDirectory)
    {
        _path = ControlSocket.PathIn(dataDirectory);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync }) { Timeout = s_answerTime };
    }

    /// <summary>How the broker is.</summary>
    /// <exception cref="ControlException">It cannot be reached, or refuses.</exception>
    public async Task<ControlStatus> StatusAsync(CancellationToken cancellation)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, ControlPaths.Status, cancellation).ConfigureAwait(false);
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return await JsonSerializer.DeserializeAsync(body, ControlJson.Default.ControlStatus, cancellation).ConfigureAwait(false)
            ?? throw new ControlException("The broker's answer is empty.");
    }

    /// <summary>Has the broker hold its files until the result is disposed, or this process ends.</summary>
    /// <exception cref="ControlException">It cannot be reached, or refuses.</exception>
    public async Task<RemoteHold> HoldAsync(CancellationToken cancellation)
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Post, ControlPaths.Backup, cancellation).ConfigureAwait(false);
        try
        {
            var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
            string line = await reader.ReadLineAsync(cancellation).ConfigureAwait(false)
                ?? throw new ControlException("The broker's answer is empty.");
            IReadOnlyList<JournalListing> journals = JsonSerializer.Deserialize(line, ControlJson.Default.IReadOnlyListJournalListing)
                ?? throw new ControlException("The broker's answer is empty.");
            return new RemoteHold(response, reader, journals);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, "http://localhost" + path);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new ControlException($"The broker does not answer on '{_path}': {e.InnerException?.Message ?? e.Message}", e);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            ControlError? error = await JsonSerializer.DeserializeAsync(body, ControlJson.Default.ControlError, cancellation).ConfigureAwait(false);
            throw new ControlException(error?.Reason ?? $"The broker answers with {(int)response.StatusCode}.");
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
