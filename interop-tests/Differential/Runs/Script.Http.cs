using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Runs;

/// <content>
/// Steps over the HTTP API. <c>{name}</c> in a path and in a body stands for the scenario's own name, so that
/// <c>s.Http("PUT", "/api/policies/{vhost}/p", """{"pattern": "^{q}$", "definition": {"max-length": 5}}""")</c> touches
/// nobody else.
/// </content>
internal sealed partial class Script
{
    private static readonly HttpClient s_http = new();

    /// <summary>Virtual hosts and users that were made; they go with the script.</summary>
    private readonly List<string> _ownAccounts = [];

    /// <summary>
    /// Makes a virtual host and a user of the scenario's own, who may do everything in it unless
    /// <paramref name="permissions"/> (configure, write, read) say otherwise. None of it is compared.
    /// </summary>
    /// <returns>What connections of that user on that virtual host are opened with.</returns>
    public Login OwnHost(string virtualHost = "vhost", string user = "user", (string, string, string)? permissions = null, string tags = "")
    {
        (string configure, string write, string read) = permissions ?? (".*", ".*", ".*");
        Prepare($"/api/vhosts/{{{virtualHost}}}", "{}");
        Prepare($"/api/users/{{{user}}}", $$"""{"password": "secret", "tags": "{{tags}}"}""");
        Prepare(
            $"/api/permissions/{{{virtualHost}}}/{{{user}}}",
            new JsonObject { ["configure"] = Named(configure), ["write"] = Named(write), ["read"] = Named(read) }.ToJsonString());
        return new Login(this[user], "secret", this[virtualHost]);
    }

    /// <summary>Sends a request; its status is compared.</summary>
    /// <param name="method">GET, PUT, POST or DELETE.</param>
    /// <param name="path">From <c>/api</c> on.</param>
    /// <param name="body">JSON, or null for none.</param>
    /// <param name="show">
    /// What else is compared: <c>*</c> for the whole answer, or names of fields of its object, or of each object of its array.
    /// Properties are put in the order of their names, elements of the array too.
    /// </param>
    /// <param name="login">Whose request it is; guest's without.</param>
    /// <returns>The answer, to go by; null if it is no JSON.</returns>
    public JsonNode? Http(string method, string path, string? body = null, string[]? show = null, Login? login = null)
    {
        string line = $"{method} {Named(path)}";
        Transcript.Note($"http > {line} {(body is null ? "" : Named(body))}");
        (int status, string text) = Request(method, path, body, login ?? Login.Guest);
        JsonNode? answer = Parse(text);
        string shown = show is null ? "" : answer is null ? text : Json.Show(answer, show);
        Transcript.Received("http", $"{line}: {status} {shown}".TrimEnd());
        return answer;
    }

    /// <summary>Asks for something; of its fields, or of those of the first of a list, the kinds of values are compared, which are figures for the most part.</summary>
    /// <param name="path">From <c>/api</c> on.</param>
    /// <param name="fields">Names of fields, with dots between those of inner objects.</param>
    public void HttpKinds(string path, params string[] fields)
    {
        Transcript.Note($"http > GET {Named(path)}");
        (int status, string text) = Request("GET", path, null, Login.Guest);
        string kinds = Parse(text) is { } answer ? string.Join(", ", fields.Select(f => $"{f}: {Json.KindOf(answer, f)}")) : text;
        Transcript.Received("http", $"GET {Named(path)}: {status} {kinds}");
    }

    /// <summary>Asks until the answer is as wanted: changes over HTTP and figures reach RabbitMQ's queues a little later.</summary>
    public void AwaitHttp(string path, Func<JsonNode, bool> wanted)
    {
        long deadline = Environment.TickCount64 + (long)Peer.Patience.TotalMilliseconds;
        string text = "";
        while (Environment.TickCount64 < deadline)
        {
            (_, text) = Request("GET", path, null, Login.Guest);
            if (Parse(text) is { } answer && wanted(answer))
            {
                return;
            }

            Thread.Sleep(20); // waits because nothing announces what an answer over HTTP will be
        }

        Transcript.Received("http", $"GET {Named(path)}: never as wanted: {text}");
    }

    /// <summary>Puts the scenario's own names for <c>{name}</c>.</summary>
    private string Named(string text) => Placeholder().Replace(text, m => this[m.Groups[1].Value]);

    private void Prepare(string path, string body)
    {
        (int status, string text) = Request("PUT", path, body, Login.Guest);
        if (status is not (201 or 204))
        {
            Transcript.Received("http", $"PUT {Named(path)}: {status} {text}");
        }
    }

    private void DeleteOwnAccounts()
    {
        foreach (string path in _ownAccounts.Distinct())
        {
            Request("DELETE", path, null, Login.Guest);
        }
    }

    private (int Status, string Text) Request(string method, string path, string? body, Login login)
    {
        string escaped = Placeholder().Replace(path, m => Uri.EscapeDataString(this[m.Groups[1].Value]));
        using HttpRequestMessage request = new(new HttpMethod(method), $"http://{broker.Host}:{broker.ManagementPort}{escaped}");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}")));
        if (body is not null)
        {
            request.Content = new StringContent(Named(body), Encoding.UTF8, "application/json");
        }

        if (method == "PUT" && OwnAccount().IsMatch(path))
        {
            _ownAccounts.Add(path);
        }

        using HttpResponseMessage response = s_http.Send(request);
        using StreamReader reader = new(response.Content.ReadAsStream());
        return ((int)response.StatusCode, reader.ReadToEnd());
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null; // no JSON: what was answered is compared as it is
        }
    }

    [GeneratedRegex(@"^/api/(vhosts|users)/\{[^/]+\}$")]
    private static partial Regex OwnAccount();

    [GeneratedRegex(@"\{([a-z][A-Za-z0-9_.-]*)\}")]
    private static partial Regex Placeholder();
}
