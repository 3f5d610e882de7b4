using System.Net;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.Management.Tests;

/// <summary>Users, permissions, virtual hosts and limits over HTTP, and what connections notice of them.</summary>
public sealed class AccountRouteTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_is_put_read_changed_and_deleted()
    {
        Assert.Equal(HttpStatusCode.Created, await SendAsync("PUT", "/api/users/a%2Fb", """{"password": "p", "tags": "management,other"}"""));
        Assert.Equal(
            """["management","other"] rabbit_password_hashing_sha256 {}""",
            Fields(await broker.GetAsync("/api/users/a%2Fb"), "tags", "hashing_algorithm", "limits"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync("GET", "/api/whoami", login: "a/b:p"));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("PUT", "/api/users/a%2Fb", """{"password": "q", "tags": []}"""));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync("GET", "/api/whoami", login: "a/b:p"));
        Assert.Contains("a/b", (await broker.GetAsync("/api/users/without-permissions")).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("POST", "/api/users/bulk-delete", """{"users": ["a/b"]}"""));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("GET", "/api/users/a%2Fb"));
    }

    [Fact]
    public async Task A_virtual_host_is_put_used_and_deleted_under_its_connections()
    {
        Assert.Equal(HttpStatusCode.Created, await SendAsync("PUT", "/api/vhosts/v", """{"description": "d", "tags": "a,b", "default_queue_type": "quorum"}"""));
        Assert.Equal(
            """d ["a","b"] quorum False""",
            Fields(await broker.GetAsync("/api/vhosts/v"), "description", "tags", "default_queue_type", "protected_from_deletion"));
        await using IConnection connection = await ConnectAsync("v");
        var closed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, e) =>
        {
            closed.TrySetResult(e.ReplyText);
            return Task.CompletedTask;
        };
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        Assert.Equal("quorum", Fields(await broker.GetAsync("/api/queues/v/q"), "type"));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("DELETE", "/api/vhosts/v"));
        Assert.Equal("CONNECTION_FORCED - vhost 'v' is deleted", await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("GET", "/api/vhosts/v"));
        // This client hears of a refused open only when it wants more.
        await Assert.ThrowsAnyAsync<RabbitMQClientException>(async () =>
        {
            await using IConnection refused = await ConnectAsync("v");
            await refused.CreateChannelAsync(cancellationToken: Cancellation);
        });
        Assert.Equal(HttpStatusCode.Created, await SendAsync("PUT", "/api/vhosts/v"));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("GET", "/api/queues/v/q"));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("DELETE", "/api/vhosts/v"));
    }

    [Fact]
    public async Task A_protected_virtual_host_is_not_deleted()
    {
        Assert.Equal(HttpStatusCode.Created, await SendAsync("PUT", "/api/vhosts/kept", """{"protected_from_deletion": true}"""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await SendAsync("DELETE", "/api/vhosts/kept"));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("PUT", "/api/vhosts/kept", """{"protected_from_deletion": false}"""));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("DELETE", "/api/vhosts/kept"));
    }

    [Fact]
    public async Task Permissions_and_limits_are_put_read_and_deleted()
    {
        await SendAsync("PUT", "/api/users/p", """{"password": "p", "tags": ""}""");
        Assert.Equal(HttpStatusCode.Created, await SendAsync("PUT", "/api/permissions/%2F/p", """{"configure": "a", "write": "b", "read": "c"}"""));
        Assert.Equal(
            """{"user":"p","vhost":"/","configure":"a","write":"b","read":"c"}""", (await broker.GetAsync("/api/permissions/%2F/p")).GetRawText());
        Assert.Equal(
            HttpStatusCode.Created, await SendAsync("PUT", "/api/topic-permissions/%2F/p", """{"exchange": "amq.topic", "write": "b", "read": "c"}"""));
        Assert.Equal(
            """[{"user":"p","vhost":"/","exchange":"amq.topic","write":"b","read":"c"}]""",
            (await broker.GetAsync("/api/topic-permissions/%2F/p")).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("PUT", "/api/user-limits/p/max-channels", """{"value": 5}"""));
        Assert.Equal("""[{"value":{"max-channels":5},"user":"p"}]""", (await broker.GetAsync("/api/user-limits/p")).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("PUT", "/api/vhost-limits/%2F/max-queues", """{"value": 5000}"""));
        Assert.Equal("""[{"value":{"max-queues":5000},"vhost":"/"}]""", (await broker.GetAsync("/api/vhost-limits/%2F")).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("DELETE", "/api/vhost-limits/%2F/max-queues"));
        Assert.Equal("[]", (await broker.GetAsync("/api/vhost-limits/%2F")).GetRawText());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync("DELETE", "/api/users/p"));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("GET", "/api/permissions/%2F/p"));
    }

    [Theory]
    [InlineData("PUT", "/api/users/x", """{"password": "p"}""", 400)]
    [InlineData("PUT", "/api/users/x", """{"password": 1, "tags": ""}""", 400)]
    [InlineData("PUT", "/api/users/x", """{"password_hash": "AAAA", "tags": "", "hashing_algorithm": "none"}""", 400)]
    [InlineData("PUT", "/api/permissions/%2F/guest", """{"configure": "(", "write": "", "read": ""}""", 400)]
    [InlineData("PUT", "/api/permissions/%2F/nobody", """{"configure": "", "write": "", "read": ""}""", 400)]
    [InlineData("PUT", "/api/vhosts/x", """{"default_queue_type": "other"}""", 400)]
    [InlineData("PUT", "/api/vhost-limits/none/max-queues", """{"value": 1}""", 404)]
    [InlineData("PUT", "/api/vhost-limits/%2F/none", """{"value": 1}""", 400)]
    [InlineData("DELETE", "/api/users/x", null, 404)]
    [InlineData("DELETE", "/api/vhosts/x", null, 404)]
    [InlineData("POST", "/api/users/x", null, 405)]
    public async Task What_cannot_be_is_refused(string method, string path, string? body, int status) =>
        Assert.Equal(status, (int)await SendAsync(method, path, body));

    private static string Fields(System.Text.Json.JsonElement element, params string[] names) =>
        string.Join(' ', names.Select(name => element.GetProperty(name).ToString()));

    private Task<IConnection> ConnectAsync(string virtualHost) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = broker.AmqpPort, VirtualHost = virtualHost, AutomaticRecoveryEnabled = false }
            .CreateConnectionAsync(Cancellation);

    private async Task<HttpStatusCode> SendAsync(string method, string path, string? body = null, string? login = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (login is not null)
        {
            request.Headers.Authorization = HostedBroker.Basic(login);
        }

        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
