using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.Management.Tests;

/// <summary>What a broken or hostile HTTP client sends: a status, a text, and nothing else happens.</summary>
public sealed class BadInputTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, int> Requests => new()
    {
        { "PUT", "/api/queues/%2F/bad", "{", 400 },
        { "PUT", "/api/queues/%2F/bad", "\"text\"", 400 },
        { "PUT", "/api/queues/%2F/bad", "{\"durable\":[]}", 400 },
        { "PUT", "/api/queues/%2F/bad", "{\"arguments\":5}", 400 },
        { "PUT", "/api/queues/%2F/bad", new string('[', 5000), 400 },
        { "PUT", "/api/queues/%2F/bad", $"{{\"arguments\":{{\"a\":{string.Concat(Enumerable.Repeat("{\"a\":", 200))}1{new string('}', 200)}}}}}", 400 },
        { "PUT", "/api/queues/%2F/bad", $"{{\"x\":\"{new string('x', 70_000)}\"}}", 413 },
        { "PUT", $"/api/queues/%2F/{new string('n', 256)}", "{}", 400 },
        { "PUT", "/api/exchanges/%2F/bad", "{\"type\":5}", 400 },
        { "POST", "/api/bindings/%2F/e/amq.direct/q/none", "{\"routing_key\":{}}", 400 },
        { "POST", "/api/queues/%2F/none/get", "{\"count\":1e99,\"ackmode\":\"ack_requeue_true\",\"encoding\":\"auto\"}", 400 },
        { "POST", "/api/queues/%2F/none/get", "{\"count\":1,\"ackmode\":5,\"encoding\":\"auto\"}", 400 },
        { "POST", "/api/exchanges/%2F/amq.default/publish", "{\"properties\":{\"headers\":5},\"routing_key\":\"\",\"payload\":\"\",\"payload_encoding\":\"string\"}", 400 },
        { "POST", "/api/exchanges/%2F/amq.default/publish", "{\"properties\":{\"priority\":256},\"routing_key\":\"\",\"payload\":\"\",\"payload_encoding\":\"string\"}", 400 },
        { "PUT", "/api/parameters/shovel/%2F/x", $"{{\"value\":\"{new string('v', 65_000)}\"}}", 201 },
        { "PUT", "/api/global-parameters/x", "{\"value\":", 400 },
        { "GET", "/api/queues/%2F/..%2F..%2Fetc%2Fpasswd", "", 404 },
        { "GET", "/api/%2e%2e/%2e%2e/etc/passwd", "", 404 },
        { "GET", "/api/queues/%ff%fe", "", 404 },
        { "GET", "/api/queues?page=99999999999999999999", "", 400 },
        { "GET", $"/api/queues?columns={string.Join(',', Enumerable.Repeat("a", 201))}", "", 400 },
        { "GET", $"/api/queues?page=1&use_regex=true&name={new string('a', 1001)}", "", 400 },
        { "GET", "/api/queues?page=1&use_regex=true&name=(a)%5C1", "", 400 },
        { "GET", "/api/queues?lengths_age=1000000000&lengths_incr=1", "", 200 },
        { "GET", "/api/overview?lengths_age=-5&lengths_incr=0&msg_rates_age=x", "", 200 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task What_cannot_be_is_said(string method, string path, string body, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        if (status >= 400)
        {
            Assert.True(JsonDocument.Parse(text).RootElement.TryGetProperty("reason", out _), text);
            Assert.True(text.Length < 2000, text);
        }
    }

    [Fact]
    public async Task A_pattern_that_explodes_elsewhere_takes_no_time_here()
    {
        await broker.Channel.QueueDeclareAsync(new string('a', 200), false, false, false, cancellationToken: Cancellation);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        JsonElement page = await broker.GetAsync("/api/queues?page=1&use_regex=true&columns=name&name=" + Uri.EscapeDataString("^(a+)+$|((a*)*)*b"));
        Assert.Equal(1, page.Number("filtered_count"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task A_message_may_be_larger_than_other_bodies_and_is_bounded_too()
    {
        Assert.Equal(HttpStatusCode.OK, await PublishAsync(1_000_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PublishAsync(10_000_001));

        async Task<HttpStatusCode> PublishAsync(int size)
        {
            string body = $$"""{"properties":{},"routing_key":"none","payload_encoding":"string","payload":"{{new string('p', size)}}"}""";
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/exchanges/%2F/amq.default/publish");
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            request.Headers.ExpectContinue = true; // asked first: else the answer is lost where the body meets a closed socket
            using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_reason_with_line_ends_is_not_let_through_and_a_long_one_is_cut()
    {
        await using IConnection connection = await broker.ConnectAsync("long reason");
        var closed = new TaskCompletionSource<ShutdownEventArgs>();
        connection.ConnectionShutdownAsync += (_, args) =>
        {
            closed.TrySetResult(args);
            return Task.CompletedTask;
        };
        string name = await NameOfAsync("long reason");
        string path = $"/api/connections/{Uri.EscapeDataString(name)}";
        Assert.StartsWith("HTTP/1.1 400", await RawAsync($"DELETE {path} HTTP/1.1\r\nHost: x\r\nX-Reason: a\rb\r\n"), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        request.Headers.Add("X-Reason", new string('r', 1000));
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        ShutdownEventArgs why = await closed.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.Equal((320, 255), (why.ReplyCode, why.ReplyText.Length));
    }

    /// <summary>The name of the connection that its client calls so: listed soon after the client has heard that it is open.</summary>
    private async Task<string> NameOfAsync(string provided)
    {
        long end = Environment.TickCount64 + 10_000;
        while (Environment.TickCount64 < end)
        {
            foreach (JsonElement connection in (await broker.GetAsync("/api/connections")).EnumerateArray())
            {
                if (connection.TryGetProperty("user_provided_name", out JsonElement name) && name.GetString() == provided)
                {
                    return connection.Text("name");
                }
            }
        }

        throw new TimeoutException($"No connection is listed that its client calls '{provided}'.");
    }

    [Fact]
    public async Task A_thousand_requests_at_a_time_are_answered_and_messages_go_on()
    {
        await broker.Channel.QueueDeclareAsync("crowd", false, false, false, cancellationToken: Cancellation);
        var answers = new ConcurrentBag<int>();
        Task crowd = Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            using HttpResponseMessage response = await broker.Http.GetAsync(i % 2 == 0 ? "/api/overview" : "/api/queues?page=1", Cancellation);
            answers.Add((int)response.StatusCode);
        }));
        int published = 0;
        do
        {
            await broker.Channel.BasicPublishAsync("", "crowd", mandatory: true, new byte[1], Cancellation);
            published++;
        }
        while (!crowd.IsCompleted);
        await crowd;
        Assert.Equal(1000, answers.Count);
        Assert.All(answers, static status => Assert.Equal(200, status));
        Assert.Equal((uint)published, (await broker.Channel.QueueDeclarePassiveAsync("crowd", Cancellation)).MessageCount);
    }

    private async Task<string> RawAsync(string head)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, broker.Http.BaseAddress!.Port, Cancellation);
        await using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}Authorization: {HostedBroker.Basic("guest:guest")}\r\nConnection: close\r\n\r\n"), Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
