using System.Net;
using System.Text.Json;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using ConnectionInfo = AmqpBroker.Server.ConnectionInfo;

namespace AmqpBroker.Management.Tests;

/// <summary>Who gets in, and who sees what; and what is answered while the broker is not there.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private readonly ConnectionsOfTwo _connections = new();
    private readonly Broker _broker = Broker.Open(new BrokerOptions(), new MemoryJournals(), TimeProvider.System, static e => throw e);
    private readonly ManagementServer _management = new(
        new ManagementOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance);

    private HttpClient _http = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await AddUserAsync("nobody");
        await AddUserAsync("manager", "management");
        await AddUserAsync("insider", "policymaker");
        await AddUserAsync("monitor", "monitoring");
        await _broker.Administration.SetPermissionsAsync("/", "insider", "", "", "");
        await _management.StartAsync(Cancellation);
        _http = new HttpClient { BaseAddress = new Uri($"http://{_management.Endpoints[0]}") };
        _management.Attach(new BrokerView(_broker), _connections);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _management.DisposeAsync();
        _broker.Dispose();
    }

    [Fact]
    public async Task Without_a_login_there_is_a_challenge_and_nothing_else()
    {
        using HttpResponseMessage response = await _http.GetAsync("/api/overview", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic realm=\"RabbitMQ Management\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("guest:bad")]
    [InlineData("guest:")]
    [InlineData("stranger:guest")]
    [InlineData(":")]
    public async Task A_wrong_login_is_refused_with_a_challenge(string credentials)
    {
        (HttpResponseMessage response, string body) = await GetAsync("/api/overview", credentials);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic realm=\"RabbitMQ Management\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("""{"error":"not_authorized","reason":"Login failed"}""", body);
    }

    [Theory]
    [InlineData("Bearer xyz", 401)]
    [InlineData("Basic !!", 400)]
    [InlineData("Basic Z3Vlc3Q=", 400)]
    [InlineData("Basic", 401)]
    public async Task A_login_that_cannot_be_read_is_refused(string header, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/whoami");
        request.Headers.TryAddWithoutValidation("Authorization", header);
        using HttpResponseMessage response = await _http.SendAsync(request, Cancellation);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task An_account_without_a_tag_for_management_is_refused()
    {
        (HttpResponseMessage response, string body) = await GetAsync("/api/whoami", "nobody:pw");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("""{"error":"not_authorised","reason":"Not management user"}""", body);
        Assert.Empty(response.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData("manager", "/api/queues/%2F", 401)]
    [InlineData("manager", "/api/exchanges/%2F/amq.topic", 401)]
    [InlineData("manager", "/api/aliveness-test/%2F", 401)]
    [InlineData("manager", "/api/queues/none", 404)]
    [InlineData("manager", "/api/health/checks/alarms", 200)]
    [InlineData("manager", "/metrics", 401)]
    [InlineData("insider", "/api/queues/%2F", 200)]
    [InlineData("insider", "/metrics", 401)]
    [InlineData("monitor", "/api/queues/%2F", 200)]
    [InlineData("monitor", "/metrics", 200)]
    public async Task A_virtual_host_is_for_those_who_may_use_it_and_for_monitors(string user, string path, int status) =>
        Assert.Equal(status, (int)(await GetAsync(path, $"{user}:pw")).Response.StatusCode);

    [Theory]
    [InlineData("manager", 0, 1)]
    [InlineData("insider", 7, 0)]
    [InlineData("monitor", 7, 2)]
    public async Task Lists_and_totals_hold_what_the_account_may_see(string user, int exchanges, int connections)
    {
        JsonElement list = JsonDocument.Parse((await GetAsync("/api/exchanges", $"{user}:pw")).Body).RootElement;
        Assert.Equal(exchanges, list.GetArrayLength());
        JsonElement totals = JsonDocument.Parse((await GetAsync("/api/overview", $"{user}:pw")).Body).RootElement.GetProperty("object_totals");
        Assert.Equal((exchanges, connections), (totals.Number("exchanges"), totals.Number("connections")));
        list = JsonDocument.Parse((await GetAsync("/api/connections", $"{user}:pw")).Body).RootElement;
        Assert.Equal(connections, list.GetArrayLength());
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8::1", false)]
    public async Task The_user_whose_password_everybody_knows_comes_from_this_machine_only(string peer, bool allowed)
    {
        var sources = new Sources(new ManagementOptions(), new BrokerView(_broker), _connections);
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        http.Request.Headers.Authorization = HostedBroker.Basic("guest:guest").ToString();
        if (allowed)
        {
            Assert.Equal("guest", (await BasicAuthentication.AuthenticateAsync(http, sources, Cancellation))?.Name);
            return;
        }

        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => BasicAuthentication.AuthenticateAsync(http, sources, Cancellation));
        Assert.Equal("User can only log in via localhost", refused.Body.Reason.GetValue<string>());
        http.Request.Headers.Authorization = HostedBroker.Basic("monitor:pw").ToString();
        Assert.Equal("monitor", (await BasicAuthentication.AuthenticateAsync(http, sources, Cancellation))?.Name);
    }

    [Fact]
    public async Task Who_does_not_see_a_connection_does_not_close_it()
    {
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync("/api/connections/a", "manager:pw"));
        Assert.Equal(HttpStatusCode.Unauthorized, await DeleteAsync("/api/connections/b", "manager:pw"));
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync("/api/connections/b", "monitor:pw"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync("/api/connections/c", "monitor:pw"));
        Assert.Equal(["a", "b"], _connections.Closed);

        async Task<HttpStatusCode> DeleteAsync(string path, string credentials)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, path);
            request.Headers.Authorization = HostedBroker.Basic(credentials);
            using HttpResponseMessage response = await _http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task What_is_short_is_an_alarm()
    {
        _connections.Alarms = new AlarmReport(Shortages.Disk | Shortages.Memory, 1001, 1000, 99, 100);
        foreach ((string path, string reason) in new[] { ("alarms", "There are alarms in effect in the cluster"), ("local-alarms", "There are alarms in effect on the node") })
        {
            (HttpResponseMessage response, string body) = await GetAsync($"/api/health/checks/{path}", "monitor:pw");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            JsonElement alarms = JsonDocument.Parse(body).RootElement;
            Assert.Equal(("failed", reason), (alarms.Text("status"), alarms.Text("reason")));
            Assert.Equal(["disk space", "memory"], alarms.GetProperty("alarms").EnumerateArray().Select(a => a.Text("resource")));
        }

        string metrics = (await GetAsync("/metrics", "monitor:pw")).Body;
        Assert.Contains("rabbitmq_alarms_free_disk_space_watermark 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("rabbitmq_alarms_memory_used_watermark 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("rabbitmq_disk_space_available_bytes 99\n", metrics, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/exchanges/%2F/amq.default/publish");
        request.Headers.Authorization = HostedBroker.Basic("monitor:pw");
        using HttpResponseMessage publish = await _http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, publish.StatusCode);
        _connections.Alarms = new AlarmReport(Shortages.None, 999, 1000, 101, 100);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/api/health/checks/alarms", "monitor:pw")).Response.StatusCode);
    }

    [Theory]
    [InlineData("guest", "policies", 204, "")]
    [InlineData("guest", "operator-policies", 204, "")]
    [InlineData("insider", "policies", 204, "")]
    [InlineData("insider", "operator-policies", 401, "Not administrator user")]
    [InlineData("outsider", "policies", 401, "User not authorised to access object")]
    [InlineData("manager", "policies", 401, "User not authorised to access object")]
    [InlineData("monitor", "policies", 401, "User not authorised to access object")]
    [InlineData("monitor", "operator-policies", 401, "Not administrator user")]
    public async Task Policymakers_change_policies_where_they_have_permissions_and_administrators_all(
        string user, string kind, int status, string reason)
    {
        await AddUserAsync("outsider", "policymaker");
        string path = $"/api/{kind}/%2F/p";
        string login = user == "guest" ? "guest:guest" : $"{user}:pw";
        const string body = """{"pattern": "^none$", "definition": {"expires": 1000}}""";
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Put, path, "guest:guest", body)).Status);
        Check(await SendAsync(HttpMethod.Put, path, login, body));
        (HttpResponseMessage response, string answer) = await GetAsync(path, login);
        Check((response.StatusCode == HttpStatusCode.OK ? HttpStatusCode.NoContent : response.StatusCode, answer));
        Check(await SendAsync(HttpMethod.Delete, path, login));

        void Check((HttpStatusCode Status, string Body) found)
        {
            Assert.Equal(status, (int)found.Status);
            Assert.Contains(reason, found.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("guest:guest", 1, 200)]
    [InlineData("insider:pw", 1, 200)]
    [InlineData("manager:pw", 0, 401)]
    [InlineData("monitor:pw", 0, 401)]
    public async Task Lists_of_policies_are_for_who_has_permissions(string login, int policies, int status)
    {
        const string body = """{"pattern": "^none$", "definition": {"expires": 1000}}""";
        await SendAsync(HttpMethod.Put, "/api/policies/%2F/p", "guest:guest", body);
        await SendAsync(HttpMethod.Put, "/api/operator-policies/%2F/p", "guest:guest", body);
        Assert.Equal(policies, JsonDocument.Parse((await GetAsync("/api/policies", login)).Body).RootElement.GetArrayLength());
        Assert.Equal(policies, JsonDocument.Parse((await GetAsync("/api/operator-policies", login)).Body).RootElement.GetArrayLength());
        Assert.Equal(status, (int)(await GetAsync("/api/policies/%2F", login)).Response.StatusCode);
    }

    [Fact]
    public async Task Before_there_is_a_broker_the_answer_is_503()
    {
        await using var management = new ManagementServer(
            new ManagementOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance);
        await management.StartAsync(Cancellation);
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"http://{management.Endpoints[0]}/api/overview"), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task After_the_end_nothing_is_answered()
    {
        Uri address = _http.BaseAddress!;
        await _management.DisposeAsync();
        using var late = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => late.GetAsync(address, Cancellation));
    }

    private Task<bool> AddUserAsync(string name, params string[] tags) => _broker.Administration.PutUserAsync(name, "pw", tags);

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string credentials, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = HostedBroker.Basic(credentials);
        request.Content = body is null ? null : new StringContent(body);
        using HttpResponseMessage response = await _http.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<(HttpResponseMessage Response, string Body)> GetAsync(string path, string credentials)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = HostedBroker.Basic(credentials);
        HttpResponseMessage response = await _http.SendAsync(request, Cancellation);
        return (response, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private sealed class MemoryJournals : IJournalFactory
    {
        public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
        {
            cleanStop = true;
            return new MemoryJournal();
        }
    }

    private sealed class ConnectionsOfTwo : IServerView
    {
        public IReadOnlyList<IPEndPoint> Endpoints => [];

        public IEnumerable<ConnectionInfo> Connections => [new("a", "manager", "/", "PLAIN"), new("b", "other", "/", "PLAIN")];

        public AlarmReport Alarms { get; set; } = new(Shortages.None, 0, 1, 1, 0);

        public (int Connections, int Channels) Count() => (2, 0);

        public bool CloseConnection(string name, string reason)
        {
            Closed.Add(name);
            return true;
        }

        public List<string> Closed { get; } = [];

        public void SampleTraffic(long tick, int intervalMs)
        {
        }

        public Reading Traffic(string virtualHost) => new(new long[TrafficFigures.TotalWidth], [], 0, 1);

        public bool TrySetLimits(string? memory, string? diskFree) => throw new NotSupportedException();
    }
}
