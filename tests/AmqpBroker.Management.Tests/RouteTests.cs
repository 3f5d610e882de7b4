using System.Net;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.Management.Tests;

/// <summary>Each route over real HTTP, against a broker that a real client filled.</summary>
public sealed class RouteTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_tells_its_properties_and_counts()
    {
        var arguments = new Dictionary<string, object?>
        {
            ["x-max-length"] = 10,
            ["x-message-ttl"] = 60_000L,
            ["text"] = "ü\"<",
            ["flag"] = true,
            ["half"] = 0.5,
            ["nothing"] = null,
            ["list"] = new List<object?> { 1, "a" },
            ["table"] = new Dictionary<string, object?> { ["inner"] = 1 },
        };
        await broker.Channel.QueueDeclareAsync("counts", durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancellation);
        for (int i = 0; i < 3; i++)
        {
            await broker.Channel.BasicPublishAsync("", "counts", mandatory: true, new byte[5], Cancellation);
        }

        BasicGetResult? unacked = await broker.Channel.BasicGetAsync("counts", autoAck: false, Cancellation);
        JsonElement queue = await broker.GetAsync("/api/queues/%2F/counts");
        await broker.Channel.BasicAckAsync(unacked!.DeliveryTag, multiple: false, Cancellation);

        Assert.Equal(("counts", "/", "classic", "running"), (queue.Text("name"), queue.Text("vhost"), queue.Text("type"), queue.Text("state")));
        Assert.Equal((true, false, false), (queue.Flag("durable"), queue.Flag("auto_delete"), queue.Flag("exclusive")));
        Assert.Equal((3, 2, 1), (queue.Number("messages"), queue.Number("messages_ready"), queue.Number("messages_unacknowledged")));
        Assert.Equal((10, 0), (queue.Number("message_bytes_ready"), queue.Number("consumers")));
        Assert.Equal((15, 5), (queue.Number("message_bytes"), queue.Number("message_bytes_unacknowledged")));
        Assert.Equal(0, (await broker.GetAsync("/api/queues/%2F/counts")).Number("message_bytes_unacknowledged"));
        Assert.StartsWith("amqpbroker@", queue.Text("node"), StringComparison.Ordinal);
        JsonElement expected = JsonDocument.Parse(
            """{"x-max-length":10,"x-message-ttl":60000,"text":"ü\"<","flag":true,"half":0.5,"nothing":null,"list":[1,"a"],"table":{"inner":1}}""").RootElement;
        Assert.True(JsonElement.DeepEquals(expected, queue.GetProperty("arguments")), queue.GetRawText());
    }

    [Fact]
    public async Task What_is_delayed_is_counted_where_it_waits()
    {
        var retry = new Dictionary<string, object?> { ["x-delayed-retry-type"] = "all", ["x-delayed-retry-min"] = 3_600_000 };
        await broker.Channel.QueueDeclareAsync("retried", false, false, false, retry, cancellationToken: Cancellation);
        await broker.Channel.BasicPublishAsync("", "retried", new byte[1], Cancellation);
        BasicGetResult? got = await broker.Channel.BasicGetAsync("retried", autoAck: false, Cancellation);
        await broker.Channel.BasicNackAsync(got!.DeliveryTag, multiple: false, requeue: true, Cancellation);
        var type = new Dictionary<string, object?> { ["x-delayed-type"] = "fanout" };
        await broker.Channel.ExchangeDeclareAsync("later", "x-delayed-message", false, false, type, cancellationToken: Cancellation);
        var delay = new BasicProperties { Headers = new Dictionary<string, object?> { ["x-delay"] = 3_600_000 } };
        await broker.Channel.BasicPublishAsync("later", "", mandatory: false, delay, new byte[1], Cancellation);
        await broker.Channel.QueueDeclarePassiveAsync("retried", Cancellation);

        JsonElement queue = await broker.GetAsync("/api/queues/%2F/retried");
        Assert.Equal((1, 0, 1), (queue.Number("messages"), queue.Number("messages_ready"), queue.Number("messages_delayed")));
        Assert.Equal(1, (await broker.GetAsync("/api/exchanges/%2F/later")).Number("messages_delayed"));
        Assert.False((await broker.GetAsync("/api/exchanges/%2F/amq.topic")).TryGetProperty("messages_delayed", out _));
    }

    [Fact]
    public async Task A_queue_tells_who_has_it_to_himself()
    {
        await using IConnection owner = await broker.ConnectAsync("owner");
        await using IChannel channel = await owner.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync("own", durable: false, exclusive: true, autoDelete: true, cancellationToken: Cancellation);
        string tag = await channel.BasicConsumeAsync("own", autoAck: true, "", noLocal: false, exclusive: true, null, new AsyncEventingBasicConsumer(channel), Cancellation);
        JsonElement queue = await broker.GetAsync("/api/queues/%2F/own");
        Assert.Equal((true, true, 1, tag), (queue.Flag("exclusive"), queue.Flag("auto_delete"), queue.Number("consumers"), queue.Text("exclusive_consumer_tag")));
        Assert.Contains(" -> ", queue.GetProperty("owner_pid_details").Text("name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quorum_queue_says_so()
    {
        await broker.Channel.QueueDeclareAsync(
            "quorum", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: Cancellation);
        Assert.Equal("quorum", (await broker.GetAsync("/api/queues/%2F/quorum")).Text("type"));
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("a b+c?#", "a%20b+c%3F%23")]
    [InlineData("grün", "gr%C3%BCn")]
    [InlineData("amq.default", "amq.default")]
    public async Task Names_are_decoded_once(string name, string encoded)
    {
        if (!name.StartsWith("amq.", StringComparison.Ordinal))
        {
            await broker.Channel.QueueDeclareAsync(name, durable: false, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
            Assert.Equal(name, (await broker.GetAsync($"/api/queues/%2F/{encoded}")).Text("name"));
            await broker.Channel.QueueDeleteAsync(name, cancellationToken: Cancellation);
        }
        else
        {
            Assert.Equal("", (await broker.GetAsync($"/api/exchanges/%2F/{encoded}")).Text("name"));
        }
    }

    [Fact]
    public async Task A_list_of_queues_holds_each_once_in_order()
    {
        string[] names = [.. Enumerable.Range(0, 700).Select(static i => $"many-{i:D4}")];
        foreach (string name in names)
        {
            await broker.Channel.QueueDeclareAsync(name, durable: false, exclusive: true, autoDelete: false, cancellationToken: Cancellation);
        }

        foreach (string path in (string[])["/api/queues", "/api/queues/%2F", "/api/queues/%2F/", "/api/queues/%2F?page_size=1"])
        {
            Assert.Equal(names, (await broker.GetAsync(path)).Names().Where(static n => n.StartsWith("many-", StringComparison.Ordinal)));
        }

        foreach (string name in names)
        {
            await broker.Channel.QueueDeleteAsync(name, cancellationToken: Cancellation);
        }
    }

    [Fact]
    public async Task Exchanges_are_listed_and_found()
    {
        await broker.Channel.ExchangeDeclareAsync(
            "orders", "topic", durable: true, autoDelete: true, new Dictionary<string, object?> { ["alternate-exchange"] = "amq.fanout" }, cancellationToken: Cancellation);
        JsonElement list = await broker.GetAsync("/api/exchanges");
        Assert.Subset(
            list.Names().ToHashSet(),
            (HashSet<string>)["", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.topic", "orders"]);
        Assert.Equal(list.Names(), (await broker.GetAsync("/api/exchanges/%2F")).Names());
        JsonElement one = await broker.GetAsync("/api/exchanges/%2F/orders");
        Assert.Equal(("orders", "/", "topic"), (one.Text("name"), one.Text("vhost"), one.Text("type")));
        Assert.Equal((true, true, false), (one.Flag("durable"), one.Flag("auto_delete"), one.Flag("internal")));
        Assert.Equal("amq.fanout", one.GetProperty("arguments").Text("alternate-exchange"));
        Assert.True(list.The(static e => e.Text("name") == "amq.rabbitmq.trace").Flag("internal"));
    }

    [Fact]
    public async Task Bindings_are_listed_with_those_of_the_default_exchange()
    {
        await broker.Channel.QueueDeclareAsync("bound", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        await broker.Channel.QueueBindAsync("bound", "amq.topic", "a.#", cancellationToken: Cancellation);
        await broker.Channel.QueueBindAsync("bound", "amq.headers", "", new Dictionary<string, object?> { ["k"] = 1 }, cancellationToken: Cancellation);
        await broker.Channel.QueueBindAsync("bound", "amq.headers", "", new Dictionary<string, object?> { ["k"] = 2 }, cancellationToken: Cancellation);
        await broker.Channel.ExchangeBindAsync("amq.fanout", "amq.topic", "", cancellationToken: Cancellation);
        JsonElement list = await broker.GetAsync("/api/bindings/%2F");
        JsonElement byDefault = list.The(static b => b.Text("source").Length == 0 && b.Text("destination") == "bound");
        Assert.Equal(("queue", "bound", "bound"), (byDefault.Text("destination_type"), byDefault.Text("routing_key"), byDefault.Text("properties_key")));
        JsonElement topic = list.The(static b => b.Text("source") == "amq.topic" && b.Text("destination") == "bound");
        Assert.Equal(("/", "a.#", "a.%23"), (topic.Text("vhost"), topic.Text("routing_key"), topic.Text("properties_key")));
        JsonElement exchange = list.The(static b => b.Text("destination_type") == "exchange");
        Assert.Equal(("amq.topic", "amq.fanout", "~"), (exchange.Text("source"), exchange.Text("destination"), exchange.Text("properties_key")));
        string[] keys = [.. list.EnumerateArray().Where(static b => b.Text("source") == "amq.headers").Select(static b => b.Text("properties_key"))];
        Assert.Equal(2, keys.Distinct().Count());
        Assert.All(keys, static key => Assert.Matches("^~[A-Za-z0-9_-]{6}$", key));
        Assert.Equal(list.GetArrayLength(), (await broker.GetAsync("/api/bindings")).GetArrayLength());
    }

    [Fact]
    public async Task A_connection_tells_who_and_where_it_is()
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using IConnection connection = await broker.ConnectAsync("named by the client");
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        JsonElement info = (await broker.GetAsync("/api/connections")).The(
            static c => c.TryGetProperty("user_provided_name", out JsonElement name) && name.GetString() == "named by the client");
        Assert.Equal(("guest", "/", "running", "network", "AMQP 0-9-1", "PLAIN"), (
            info.Text("user"), info.Text("vhost"), info.Text("state"), info.Text("type"), info.Text("protocol"), info.Text("auth_mechanism")));
        Assert.Equal(("127.0.0.1", broker.AmqpPort, "127.0.0.1", connection.LocalPort), (
            info.Text("host"), info.Number("port"), info.Text("peer_host"), info.Number("peer_port")));
        Assert.Equal($"127.0.0.1:{connection.LocalPort} -> 127.0.0.1:{broker.AmqpPort}", info.Text("name"));
        Assert.Equal((1, 2047, 131072, 60), (info.Number("channels"), info.Number("channel_max"), info.Number("frame_max"), info.Number("timeout")));
        Assert.InRange(info.Number("connected_at"), before - 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.True(info.GetProperty("client_properties").GetProperty("capabilities").Flag("basic.nack"));
    }

    [Theory]
    [InlineData(null, "CONNECTION_FORCED - Closed via management plugin")]
    [InlineData("we move", "CONNECTION_FORCED - we move")]
    public async Task A_connection_can_be_closed_with_a_reason(string? reason, string text)
    {
        await using IConnection connection = await broker.ConnectAsync("to be closed");
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Cancellation); // it does not wait for open-ok
        var closed = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, args) =>
        {
            closed.TrySetResult(args);
            return Task.CompletedTask;
        };
        string path = "/api/connections/" + Uri.EscapeDataString($"127.0.0.1:{connection.LocalPort} -> 127.0.0.1:{broker.AmqpPort}");
        Assert.Equal("running", (await broker.GetAsync(path)).Text("state"));
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        if (reason is not null)
        {
            request.Headers.Add("X-Reason", reason);
        }

        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        ShutdownEventArgs args = await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal((320, text), (args.ReplyCode, args.ReplyText));
        using HttpResponseMessage gone = await broker.Http.DeleteAsync("/api/connections/nobody", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task The_limits_of_the_alarms_can_be_set()
    {
        JsonElement before = await broker.GetAsync("/api/resource-limits");
        Assert.Equal((50_000_000, false, false), (before.Number("disk_free_limit"), before.Flag("mem_alarm"), before.Flag("disk_free_alarm")));
        Assert.InRange(before.Number("mem_used"), 1, before.Number("mem_limit"));
        try
        {
            await PutLimitsAsync(HttpStatusCode.NoContent, """{"disk_free_limit":"1000000TB","memory_high_watermark":0.0001}""");
            JsonElement after = await broker.GetAsync("/api/resource-limits");
            Assert.Equal((true, true), (after.Flag("mem_alarm"), after.Flag("disk_free_alarm")));
            await PutLimitsAsync(HttpStatusCode.BadRequest, """{"disk_free_limit":"much"}""");
            using HttpResponseMessage health = await broker.Http.GetAsync("/api/health/checks/alarms", Cancellation);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }
        finally
        {
            await PutLimitsAsync(HttpStatusCode.NoContent, """{"disk_free_limit":50000000,"memory_high_watermark":"0.6"}""");
        }

        Assert.False((await broker.GetAsync("/api/resource-limits")).Flag("mem_alarm"));

        async Task PutLimitsAsync(HttpStatusCode expected, string json)
        {
            using var content = new StringContent(json);
            using HttpResponseMessage response = await broker.Http.PutAsync("/api/resource-limits", content, Cancellation);
            Assert.Equal(expected, response.StatusCode);
        }
    }

    [Fact]
    public async Task The_overview_counts_everything()
    {
        JsonElement before = await broker.GetAsync("/api/overview");
        await using IConnection connection = await broker.ConnectAsync("counted");
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancellation);
        await channel.QueueDeclareAsync("overview", durable: false, exclusive: true, autoDelete: false, cancellationToken: Cancellation);
        await channel.BasicPublishAsync("", "overview", mandatory: true, new byte[1], Cancellation);
        JsonElement after = await broker.GetAsync("/api/overview");
        Assert.Equal(("RabbitMQ", "3.13.7", "3.13.7"), (after.Text("product_name"), after.Text("rabbitmq_version"), after.Text("management_version")));
        Assert.False(after.Flag("disable_stats"));
        string[] types = [.. after.GetProperty("exchange_types").EnumerateArray().Select(t => t.Text("name"))];
        Assert.Superset(new HashSet<string> { "direct", "fanout", "headers", "topic", "x-consistent-hash", "x-delayed-message" }, types.ToHashSet());
        foreach (string counted in (string[])["connections", "channels", "queues"])
        {
            Assert.True(after.GetProperty("object_totals").Number(counted) >= 1, counted);
        }

        Assert.Equal(0, after.GetProperty("object_totals").Number("consumers") - before.GetProperty("object_totals").Number("consumers"));
        Assert.True(after.GetProperty("object_totals").Number("exchanges") >= 7);
        JsonElement totals = after.GetProperty("queue_totals");
        Assert.True(totals.Number("messages_ready") >= 1);
        Assert.Equal(totals.Number("messages"), totals.Number("messages_ready") + totals.Number("messages_unacknowledged"));
        Assert.Contains(after.GetProperty("listeners").EnumerateArray(), l => l.Text("protocol") == "amqp" && l.Number("port") == broker.AmqpPort);
        Assert.Contains(after.GetProperty("listeners").EnumerateArray(), l => l.Text("protocol") == "http" && l.Number("port") == broker.Http.BaseAddress!.Port);
    }

    [Fact]
    public async Task Virtual_hosts_tell_what_is_in_them()
    {
        JsonElement host = (await broker.GetAsync("/api/vhosts")).The(static v => v.Text("name") == "/");
        Assert.Equal(host.Number("messages"), host.Number("messages_ready") + host.Number("messages_unacknowledged"));
        Assert.Equal("running", Assert.Single(host.GetProperty("cluster_state").EnumerateObject()).Value.GetString());
        Assert.Equal("/", (await broker.GetAsync("/api/vhosts/%2F")).Text("name"));
    }

    [Fact]
    public async Task Who_asks_is_told()
    {
        JsonElement who = await broker.GetAsync("/api/whoami");
        Assert.Equal("guest", who.Text("name"));
        Assert.Equal("administrator", Assert.Single(who.GetProperty("tags").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData("/api/health/checks/alarms")]
    [InlineData("/api/health/checks/local-alarms")]
    [InlineData("/api/aliveness-test/%2F")]
    public async Task Checks_pass(string path) => Assert.Equal("""{"status":"ok"}""", (await broker.GetAsync(path)).GetRawText());

    [Fact]
    public async Task Metrics_are_named_as_rabbitmq_prometheus_names_them()
    {
        string text = await broker.Http.GetStringAsync("/metrics", Cancellation);
        Assert.Matches("(?m)^rabbitmq_identity_info\\{rabbitmq_node=\"amqpbroker@[^\"]+\",rabbitmq_cluster=\"[^\"]+\"\\} 1$", text);
        Assert.Matches("(?m)^rabbitmq_build_info\\{rabbitmq_version=\"3.13.7\",", text);
        Assert.Matches("(?m)^rabbitmq_connections [1-9]\\d*$", text);
        foreach (string name in (string[])["queues", "channels", "consumers", "queue_messages", "queue_messages_ready", "queue_messages_unacked", "process_resident_memory_bytes"])
        {
            Assert.Matches($"(?m)^# TYPE rabbitmq_{name} gauge\n# HELP rabbitmq_{name} .+\nrabbitmq_{name} \\d+$", text);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api")]
    [InlineData("/api/nothing")]
    [InlineData("/api/queues/%2F/none")]
    [InlineData("/api/queues/none")]
    [InlineData("/api/queues/none/none")]
    [InlineData("/api/exchanges/%2F/none")]
    [InlineData("/api/exchanges/none")]
    [InlineData("/api/bindings/none")]
    [InlineData("/api/vhosts/none")]
    [InlineData("/api/aliveness-test/none")]
    [InlineData("/api/queues/%2F/counts/more")]
    [InlineData("/api/queues/%2F/../overview")]
    [InlineData("/api//overview")]
    public async Task What_is_not_there_is_404(string path)
    {
        using HttpResponseMessage response = await broker.Http.GetAsync(path, Cancellation);
        if (path.Contains("..", StringComparison.Ordinal))
        {
            // The client itself joins the path: it asks for /api/queues/overview, a virtual host of that name.
            Assert.Equal("/api/queues/overview", response.RequestMessage!.RequestUri!.AbsolutePath);
        }

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("""{"error":"Object Not Found","reason":"Not Found"}""", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_name_too_long_to_be_one_is_404()
    {
        using HttpResponseMessage response = await broker.Http.GetAsync($"/api/queues/%2F/{new string('x', 256)}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("POST", 405)]
    [InlineData("PUT", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("OPTIONS", 200)]
    public async Task Only_reading_is_allowed(string method, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/overview");
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(["HEAD", "GET", "OPTIONS"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Head_has_the_length_and_no_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/api/whoami");
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 0);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Three_hundred_requests_at_once_are_all_answered()
    {
        JsonElement[] answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => broker.GetAsync("/api/queues")));
        Assert.All(answers, static a => Assert.Equal(JsonValueKind.Array, a.ValueKind));
    }
}
