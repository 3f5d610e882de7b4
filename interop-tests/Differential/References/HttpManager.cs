using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace AmqpBroker.Differential.References;

/// <summary>Requests to a RabbitMQ's HTTP API that belong to no scenario.</summary>
internal sealed class HttpManager : IDisposable
{
    private readonly HttpClient _http;

    public HttpManager(string host, int port, string user, string password)
    {
        _http = new HttpClient { BaseAddress = new UriBuilder("http", host, port).Uri };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    /// <summary>What a path answers.</summary>
    /// <exception cref="HttpRequestException">It answers with an error, or nobody does.</exception>
    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(path))!;

    /// <summary>Deletes what may be gone already.</summary>
    /// <exception cref="HttpRequestException">It cannot be deleted.</exception>
    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage answer = await _http.DeleteAsync(path);
        if (answer.StatusCode != System.Net.HttpStatusCode.NotFound)
        {
            answer.EnsureSuccessStatusCode();
        }
    }

    public void Dispose() => _http.Dispose();
}
