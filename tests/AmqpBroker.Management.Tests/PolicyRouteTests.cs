using System.Net;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace AmqpBroker.Management.Tests;

/// <summary>Policies over HTTP, and how they show on queues and exchanges.</summary>
public sealed class PolicyRouteTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("policies")]
    [InlineData("operator-policies")]
    public async Task A_policy_is_put_read_changed_and_deleted(string kind)
    {
        string path = $"/api/{kind}/%2F/r%C3%BCd%2Fe";
        const string body = """{"pattern": "^none$", "definition": {"max-length": 5, "expires": 1000}, "apply-to": "queues", "priority": 2}""";
        Assert.Equal(HttpStatusCode.Created, (await SendAsync("PUT", path, body)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("PUT", path, body)).Status);
        const string expected = """{"vhost":"/","name":"rüd/e","pattern":"^none$","apply-to":"queues","definition":{"expires":1000,"max-length":5},"priority":2}""";
        Assert.Equal(expected, (await broker.GetAsync(path)).GetRawText());
        Assert.Equal($"[{expected}]", (await broker.GetAsync($"/api/{kind}/%2F")).GetRawText());
        Assert.Equal($"[{expected}]", (await broker.GetAsync($"/api/{kind}")).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("PUT", path, """{"pattern": "x", "definition": {"max-length": 6}}""")).Status);
        Assert.Equal(
            """{"vhost":"/","name":"rüd/e","pattern":"x","apply-to":"all","definition":{"max-length":6},"priority":0}""",
            (await broker.GetAsync(path)).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", path)).Status);
        Assert.Equal("[]", (await broker.GetAsync($"/api/{kind}")).GetRawText());
    }

    [Theory]
    [InlineData("""{"pattern": "", "definition": {"message-ttl": -1}}""", "Validation failed\n\n-1 is not a valid message TTL\n")]
    [InlineData("""{"pattern": "", "definition": {"max-length": "a"}}""", "Validation failed\n\n&lt;&lt;\"a\"&gt;&gt; is not a valid maximum length\n")]
    [InlineData("""{"pattern": "", "definition": {"max-length": {"a": 1.0}}}""", "Validation failed\n\n#{&lt;&lt;\"a\"&gt;&gt; =&gt; 1.0} is not a valid maximum length\n")]
    [InlineData("""{"pattern": "", "definition": {}}""", "Validation failed\n\nno policy provided\n")]
    [InlineData("""{"definition": {"expires": 1}}""", "[{key_missing,pattern}]")]
    [InlineData("""{"pattern": ""}""", "[{key_missing,definition}]")]
    [InlineData("", "[{key_missing,pattern},{key_missing,definition}]")]
    [InlineData("{", "not_json")]
    [InlineData("[]", "not_json")]
    [InlineData("""{"pattern": "\ud800"}""", "not_json")]
    public async Task What_is_wrong_is_said_in_RabbitMQs_words(string body, string reason)
    {
        (HttpStatusCode status, string answer) = await SendAsync("PUT", "/api/policies/%2F/bad", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        JsonElement error = JsonDocument.Parse(answer).RootElement;
        Assert.Equal(("bad_request", reason), (error.GetProperty("error").GetString(), error.GetProperty("reason").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", "/api/policies/%2F/bad")).Status);
    }

    [Fact]
    public async Task Tags_are_escaped_in_what_is_said_of_policies_and_not_of_operator_policies()
    {
        (_, string answer) = await SendAsync("PUT", "/api/operator-policies/%2F/bad", """{"pattern": "", "definition": {"max-length": "a"}}""");
        Assert.Equal(
            "Validation failed\n\n<<\"a\">> is not a valid maximum length\n",
            JsonDocument.Parse(answer).RootElement.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("PUT", "not_found", "vhost_not_found")]
    [InlineData("GET", "Object Not Found", "Not Found")]
    [InlineData("DELETE", "Object Not Found", "Not Found")]
    public async Task A_virtual_host_that_is_not_there_has_no_policies(string method, string error, string reason)
    {
        (HttpStatusCode status, string answer) = await SendAsync(
            method, "/api/policies/nowhere/p", method == "PUT" ? """{"pattern": "", "definition": {"expires": 1}}""" : null);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal($$"""{"error":"{{error}}","reason":"{{reason}}"}""", answer);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        (HttpStatusCode status, _) = await SendAsync("PUT", "/api/policies/%2F/long", new string(' ', 70_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Theory]
    [InlineData("/api/policies/%2F/p", "HEAD, GET, PUT, DELETE, OPTIONS")]
    [InlineData("/api/policies/%2F", "HEAD, GET, OPTIONS")]
    public async Task What_can_be_asked_is_told(string path, string methods)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        Assert.Equal(methods, string.Join(", ", response.Content.Headers.Allow));
        using var post = new HttpRequestMessage(HttpMethod.Post, path);
        using HttpResponseMessage refused = await broker.Http.SendAsync(post, Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }

    [Fact]
    public async Task Queues_and_exchanges_show_what_holds_for_them()
    {
        await broker.Channel.QueueDeclareAsync("shown", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        await broker.Channel.ExchangeDeclareAsync("shown", "direct", durable: true, cancellationToken: Cancellation);
        JsonElement queue = await broker.GetAsync("/api/queues/%2F/shown");
        Assert.Equal(JsonValueKind.Null, queue.GetProperty("policy").ValueKind);
        Assert.Equal(JsonValueKind.Null, queue.GetProperty("operator_policy").ValueKind);
        Assert.Equal("{}", queue.GetProperty("effective_policy_definition").GetRawText());
        Assert.False((await broker.GetAsync("/api/exchanges/%2F/shown")).TryGetProperty("policy", out _));

        await SendAsync("PUT", "/api/policies/%2F/show", """{"pattern": "^shown$", "definition": {"message-ttl": 1000, "max-length": 5}}""");
        await SendAsync("PUT", "/api/operator-policies/%2F/cap", """{"pattern": "^shown$", "definition": {"message-ttl": 500, "expires": 60000}}""");
        queue = await broker.GetAsync("/api/queues/%2F/shown");
        Assert.Equal("show", queue.GetProperty("policy").GetString());
        Assert.Equal("cap", queue.GetProperty("operator_policy").GetString());
        Assert.Equal("""{"expires":60000,"max-length":5,"message-ttl":500}""", queue.GetProperty("effective_policy_definition").GetRawText());
        Assert.Equal("show", (await broker.GetAsync("/api/exchanges/%2F/shown")).GetProperty("policy").GetString());

        await SendAsync("DELETE", "/api/policies/%2F/show");
        await SendAsync("DELETE", "/api/operator-policies/%2F/cap");
        queue = await broker.GetAsync("/api/queues/%2F/shown");
        Assert.Equal(JsonValueKind.Null, queue.GetProperty("policy").ValueKind);
        Assert.Equal("{}", queue.GetProperty("effective_policy_definition").GetRawText());
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
