using System.Net;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.Management.Tests;

/// <summary>What is declared, bound, published and got over HTTP, with RabbitMQ's statuses and words.</summary>
public sealed class CommandRouteTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_is_declared_bound_filled_read_purged_and_deleted()
    {
        Assert.Equal((201, ""), await SendAsync("PUT", "/api/queues/%2F/life", """{"durable":true,"arguments":{"x-max-length":5}}"""));
        Assert.Equal((204, ""), await SendAsync("PUT", "/api/queues/%2F/life", """{"durable":"true","arguments":{"x-max-length":5},"node":"any"}"""));
        Assert.Equal((201, ""), await SendAsync("PUT", "/api/exchanges/%2F/life-x", """{"type":"topic"}"""));
        Assert.Equal((201, ""), await SendAsync("POST", "/api/bindings/%2F/e/life-x/q/life", """{"routing_key":"a.#"}"""));
        Assert.Equal(
            (200, """{"routed":true}"""),
            await SendAsync("POST", "/api/exchanges/%2F/life-x/publish", """{"properties":{"delivery_mode":2,"headers":{"n":1}},"routing_key":"a.b","payload":"hi","payload_encoding":"string"}"""));
        Assert.Equal(
            (200, """{"routed":false}"""),
            await SendAsync("POST", "/api/exchanges/%2F/life-x/publish", """{"properties":{},"routing_key":"z","payload":"hi","payload_encoding":"string"}"""));
        Assert.Equal(
            (200, """[{"payload_bytes":2,"redelivered":false,"exchange":"life-x","routing_key":"a.b","message_count":0,"properties":{"delivery_mode":2,"headers":{"n":1}},"payload":"hi","payload_encoding":"string"}]"""),
            await SendAsync("POST", "/api/queues/%2F/life/get", """{"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}"""));
        Assert.Equal(1u, (await broker.Channel.QueueDeclarePassiveAsync("life", Cancellation)).MessageCount);
        Assert.Equal((204, ""), await SendAsync("DELETE", "/api/queues/%2F/life/contents"));
        Assert.Equal(0u, (await broker.Channel.QueueDeclarePassiveAsync("life", Cancellation)).MessageCount);
        Assert.Equal((204, ""), await SendAsync("DELETE", "/api/queues/%2F/life?if-unused=true&if-empty=true"));
        Assert.Equal(404, (await SendAsync("GET", "/api/queues/%2F/life")).Status);
        Assert.Equal((204, ""), await SendAsync("DELETE", "/api/exchanges/%2F/life-x"));
    }

    [Theory]
    [InlineData("PUT", "/api/queues/%2F/amq.x", "{}", 401, """{"error":"not_authorised","reason":"Access refused."}""")]
    [InlineData("PUT", "/api/queues/none/x", "{}", 404, """{"error":"not_found","reason":"vhost_not_found"}""")]
    [InlineData("PUT", "/api/queues/%2F/x", "[]", 400, """{"error":"bad_request","reason":"not_json"}""")]
    [InlineData("PUT", "/api/queues/%2F/x", "{\"durable\":\"maybe\"}", 400, """{"error":"bad_request","reason":["not_boolean","maybe"]}""")]
    [InlineData("PUT", "/api/queues/%2F/x", "{\"arguments\":{\"a\":null}}", 400, """{"error":"bad_request","reason":"null_not_allowed"}""")]
    [InlineData("PUT", "/api/queues/%2F/x", "{\"arguments\":{\"x-max-length\":-1}}", 400, """{"error":"bad_request","reason":"invalid arg 'x-max-length' for queue 'x' in vhost '/': {value_negative,-1}"}""")]
    [InlineData("PUT", "/api/exchanges/%2F/x", "{\"type\":\"bogus\"}", 400, """{"error":"bad_request","reason":"unknown exchange type 'bogus'"}""")]
    [InlineData("PUT", "/api/exchanges/%2F/amq.default", "{}", 401, """{"error":"not_authorised","reason":"Access refused."}""")]
    [InlineData("DELETE", "/api/exchanges/%2F/amq.direct", null, 401, """{"error":"not_authorised","reason":"Access refused."}""")]
    [InlineData("POST", "/api/exchanges/%2F/none/publish", "{\"properties\":{},\"routing_key\":\"\",\"payload\":\"\",\"payload_encoding\":\"string\"}", 400, """{"error":"bad_request","reason":"404 NOT_FOUND - no exchange 'none' in vhost '/'"}""")]
    [InlineData("POST", "/api/exchanges/%2F/amq.default/publish", "{\"routing_key\":\"\",\"payload\":\"\"}", 400, """{"error":"bad_request","reason":"[{key_missing,properties},{key_missing,payload_encoding}]"}""")]
    [InlineData("POST", "/api/exchanges/%2F/amq.default/publish", "{\"properties\":{\"delivery_mode\":\"x\"},\"routing_key\":\"\",\"payload\":\"\",\"payload_encoding\":\"string\"}", 400, """{"error":"bad_request","reason":["not_int","delivery_mode"]}""")]
    [InlineData("POST", "/api/exchanges/%2F/amq.default/publish", "{\"properties\":{},\"routing_key\":\"\",\"payload\":\"!\",\"payload_encoding\":\"base64\"}", 400, """{"error":"bad_request","reason":["not_base64","!"]}""")]
    [InlineData("POST", "/api/queues/%2F/none/get", "{\"count\":1,\"ackmode\":\"ack_requeue_true\",\"encoding\":\"auto\"}", 404, """{"error":"not_found","reason":"NOT_FOUND - no queue 'none' in vhost '/'"}""")]
    [InlineData("POST", "/api/bindings/%2F/e/amq.direct/q/none", "{}", 404, """{"error":"not_found","reason":"no queue 'none' in vhost '/'"}""")]
    [InlineData("GET", "/api/queues?page=0", null, 400, """{"error":"invalid_pagination_parameters","reason":"Invalid pagination parameters: page number 0, page size undefined"}""")]
    [InlineData("GET", "/api/queues?page=1&page_size=501", null, 400, """{"error":"invalid_pagination_parameters","reason":"Invalid pagination parameters: page number 1, page size 501"}""")]
    [InlineData("GET", "/api/queues?page=9", null, 400, """{"error":"page_out_of_range","reason":"Page out of range, page: 9 page size: 100, len: 0"}""")]
    [InlineData("GET", "/api/queues?page=1&use_regex=true&name=(", null, 400, """{"error":"bad_request","reason":"Pagination parameters are invalid"}""")]
    [InlineData("GET", "/api/health/checks/port-listener/1", null, 503, null)]
    [InlineData("GET", "/api/health/checks/certificate-expiration/1/weeks", null, 200, """{"status":"ok"}""")]
    [InlineData("GET", "/api/healthchecks/node", null, 200, """{"status":"ok"}""")]
    public async Task Answers_are_RabbitMQs(string method, string path, string? body, int status, string? answer)
    {
        path = path.Replace("page=9", "page=9&name=no-such-name", StringComparison.Ordinal);
        (int gotStatus, string text) = await SendAsync(method, path, body);
        Assert.Equal(status, gotStatus);
        if (answer is not null)
        {
            Assert.Equal(answer, text);
        }
    }

    [Fact]
    public async Task Messages_go_back_or_not_as_the_ackmode_says()
    {
        await SendAsync("PUT", "/api/queues/%2F/dead", "{}");
        await SendAsync("PUT", "/api/queues/%2F/modes", """{"arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"dead"}}""");
        for (byte i = 0; i < 3; i++)
        {
            await broker.Channel.BasicPublishAsync("", "modes", mandatory: true, new byte[] { 0xFF, i }, Cancellation);
        }

        JsonElement[] back = await TakeAsync(3, "reject_requeue_true", "\"truncate\":1,");
        Assert.Equal(["/w==", "/w==", "/w=="], back.Select(m => m.Text("payload")));
        Assert.All(back, m => Assert.Equal((2, "base64", false), (m.Number("payload_bytes"), m.Text("payload_encoding"), m.Flag("redelivered"))));
        JsonElement again = Assert.Single(await TakeAsync(1, "reject_requeue_false"));
        Assert.Equal((true, "/wA=", 2), (again.Flag("redelivered"), again.Text("payload"), again.Number("message_count")));
        Assert.Equal(1u, (await broker.Channel.QueueDeclarePassiveAsync("dead", Cancellation)).MessageCount);
        Assert.Equal(2, (await TakeAsync(10, "ack_requeue_false")).Length);
        Assert.Empty(await TakeAsync(10, "ack_requeue_false"));

        async Task<JsonElement[]> TakeAsync(int count, string mode, string more = "")
        {
            (int status, string text) = await SendAsync("POST", "/api/queues/%2F/modes/get", $$"""{"count":{{count}},{{more}}"ackmode":"{{mode}}","encoding":"auto"}""");
            Assert.Equal(200, status);
            return [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
        }
    }

    [Fact]
    public async Task A_binding_is_found_and_deleted_by_the_name_that_its_making_gave()
    {
        await SendAsync("PUT", "/api/queues/%2F/named", "{}");
        foreach (string body in (string[])["""{"routing_key":"k/ä ~%"}""", """{"routing_key":"k","arguments":{"a":1,"b":"x"}}""", "{}", """{"arguments":{"a":1}}"""])
        {
            using HttpRequestMessage request = Request("POST", "/api/bindings/%2F/e/amq.direct/q/named", body);
            using HttpResponseMessage made = await broker.Http.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
            string location = made.Headers.GetValues("Location").Single();
            Assert.StartsWith("../../../../%2F/e/amq.direct/q/named/", location, StringComparison.Ordinal);
            string path = $"/api/bindings/{location["../../../../".Length..]}";
            JsonElement binding = await broker.GetAsync(path);
            Assert.Equal(Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]), binding.Text("properties_key"));
            Assert.Equal((204, ""), await SendAsync("DELETE", path));
            Assert.Equal(404, (await SendAsync("DELETE", path)).Status);
        }

        JsonElement left = Assert.Single((await broker.GetAsync("/api/bindings/%2F/e/amq.default/q/named")).EnumerateArray());
        Assert.Equal("named", left.Text("properties_key"));
        Assert.Single((await broker.GetAsync("/api/queues/%2F/named/bindings")).EnumerateArray());
        Assert.Equal(401, (await SendAsync("DELETE", "/api/bindings/%2F/e/amq.default/q/named/named")).Status);
    }

    [Fact]
    public async Task Lists_are_paged_chosen_sorted_and_cut_to_columns()
    {
        for (int i = 0; i < 12; i++)
        {
            await SendAsync("PUT", $"/api/queues/%2F/page-{i:00}", $$$"""{"arguments":{"x-max-length":{{{100 - i}}}}}""");
        }

        JsonElement page = await broker.GetAsync("/api/queues?page=2&page_size=5&name=PAGE-&columns=name");
        Assert.Equal((12, 5, 2, 3, 5), (page.Number("filtered_count"), page.Number("item_count"), page.Number("page"), page.Number("page_count"), page.Number("page_size")));
        Assert.True(page.Number("total_count") >= 12);
        Assert.Equal("""[{"name":"page-05"},{"name":"page-06"},{"name":"page-07"},{"name":"page-08"},{"name":"page-09"}]""", page.GetProperty("items").GetRawText());
        page = await broker.GetAsync("/api/queues/%2F?page=1&page_size=2&use_regex=true&name=^page-.*[05]$&sort_reverse=true&columns=name");
        Assert.Equal(["page-10", "page-05"], page.GetProperty("items").Names());
        page = await broker.GetAsync("/api/queues?page=1&page_size=2&name=page-&sort=arguments.x-max-length&columns=name,arguments.x-max-length");
        Assert.Equal("""[{"name":"page-11","arguments":{"x-max-length":89}},{"name":"page-10","arguments":{"x-max-length":90}}]""", page.GetProperty("items").GetRawText());
        JsonElement bare = await broker.GetAsync("/api/queues/%2F/page-00?disable_stats=true");
        Assert.False(bare.TryGetProperty("messages", out _));
        Assert.Equal(0, (await broker.GetAsync("/api/queues/%2F/page-00?disable_stats=true&enable_queue_totals=true")).Number("messages"));
        Assert.Equal("page-00", (await broker.GetAsync("/api/queues/%2F/page-00?columns=name")).Text("name"));
        Assert.Equal(["amq.direct", "amq.fanout"], (await broker.GetAsync("/api/exchanges?page=1&page_size=2&name=amq.&columns=name")).GetProperty("items").Names());
    }

    [Fact]
    public async Task Pages_show_what_came_and_went_and_can_be_in_the_order_of_figures()
    {
        const string path = "/api/queues/%2F?page=1&columns=name&name=turn-";
        foreach (string name in (string[])["turn-a", "turn-b", "turn-c"])
        {
            await SendAsync("PUT", $"/api/queues/%2F/{name}", "{}");
        }

        Assert.Equal(["turn-a", "turn-b", "turn-c"], (await broker.GetAsync(path)).GetProperty("items").Names());
        await SendAsync("DELETE", "/api/queues/%2F/turn-a");
        await SendAsync("PUT", "/api/queues/%2F/turn-0", "{}");
        Assert.Equal(["turn-0", "turn-b", "turn-c"], (await broker.GetAsync(path)).GetProperty("items").Names());
        Assert.Equal(["turn-c", "turn-b", "turn-0"], (await broker.GetAsync($"{path}&sort=name&sort_reverse=true")).GetProperty("items").Names());
        await broker.Channel.BasicPublishAsync("", "turn-b", mandatory: true, new byte[1], Cancellation);
        Assert.Equal(["turn-0", "turn-c", "turn-b"], (await broker.GetAsync($"{path}&sort=messages")).GetProperty("items").Names());
        Assert.Equal(["turn-b"], (await broker.GetAsync($"{path}&sort=messages_ready&sort_reverse=true&page_size=1")).GetProperty("items").Names());
        Assert.Equal(["turn-c"], (await broker.GetAsync($"{path.Replace("page=1", "page=3", StringComparison.Ordinal)}&page_size=1")).GetProperty("items").Names());
    }

    [Fact]
    public async Task Channels_and_consumers_are_listed()
    {
        await using IConnection connection = await broker.ConnectAsync("listed");
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancellation);
        await channel.QueueDeclareAsync("consumed", false, false, false, cancellationToken: Cancellation);
        await channel.BasicQosAsync(0, 7, global: false, Cancellation);
        await channel.BasicConsumeAsync("consumed", autoAck: false, "tag", noLocal: false, exclusive: false, new Dictionary<string, object?> { ["x-priority"] = 3 }, new AsyncEventingBasicConsumer(channel), Cancellation);
        await channel.BasicPublishAsync("", "consumed", mandatory: true, new byte[1], Cancellation);

        JsonElement listed = (await broker.GetAsync("/api/channels")).The(c => c.Number("consumer_count") == 1);
        Assert.Equal((true, false, 7, 1, 1, "guest"), (listed.Flag("confirm"), listed.Flag("transactional"), listed.Number("prefetch_count"), listed.Number("messages_unacknowledged"), listed.Number("number"), listed.Text("user")));
        string name = listed.Text("name");
        string connectionName = listed.GetProperty("connection_details").Text("name");
        Assert.Equal($"{connectionName} (1)", name);
        JsonElement stats = listed.GetProperty("message_stats");
        Assert.Equal((1, 1, 1, 0), (stats.Number("publish"), stats.Number("deliver"), stats.Number("deliver_get"), stats.Number("ack")));
        JsonElement one = await broker.GetAsync($"/api/channels/{Uri.EscapeDataString(name)}");
        Assert.Equal("tag", Assert.Single(one.GetProperty("consumer_details").EnumerateArray()).Text("consumer_tag"));
        Assert.Equal(name, Assert.Single((await broker.GetAsync($"/api/connections/{Uri.EscapeDataString(connectionName)}/channels")).EnumerateArray()).Text("name"));
        JsonElement consumer = (await broker.GetAsync("/api/consumers/%2F")).The(c => c.Text("consumer_tag") == "tag");
        Assert.Equal((true, false, 7, "consumed", name), (consumer.Flag("ack_required"), consumer.Flag("exclusive"), consumer.Number("prefetch_count"), consumer.GetProperty("queue").Text("name"), consumer.GetProperty("channel_details").Text("name")));
        Assert.Equal(3, consumer.GetProperty("arguments").Number("x-priority"));
        Assert.Equal("tag", Assert.Single((await broker.GetAsync("/api/queues/%2F/consumed")).GetProperty("consumer_details").EnumerateArray()).Text("consumer_tag"));
        Assert.Contains(connectionName, (await broker.GetAsync("/api/vhosts/%2F/connections")).Names());
        Assert.Contains(connectionName, (await broker.GetAsync("/api/connections/username/guest")).Names());
        Assert.Empty((await broker.GetAsync("/api/connections/username/nobody")).EnumerateArray());
    }

    [Fact]
    public async Task Rates_come_of_samples()
    {
        await SendAsync("PUT", "/api/queues/%2F/rated", "{}");
        DateTime end = DateTime.UtcNow.AddSeconds(20);
        double publish = 0;
        JsonElement queue = default;
        while (publish == 0 && DateTime.UtcNow < end)
        {
            await broker.Channel.BasicPublishAsync("", "rated", mandatory: true, new byte[1], Cancellation);
            queue = await broker.GetAsync("/api/queues/%2F/rated?msg_rates_age=2&msg_rates_incr=1&lengths_age=2&lengths_incr=1");
            publish = queue.GetProperty("message_stats").GetProperty("publish_details").GetProperty("rate").GetDouble();
        }

        Assert.True(publish > 0);
        Assert.True(queue.GetProperty("messages_details").GetProperty("rate").GetDouble() > 0);
        Assert.InRange(queue.GetProperty("messages_details").GetProperty("samples").GetArrayLength(), 1, 3);
        JsonElement overview = await broker.GetAsync("/api/overview");
        Assert.True(overview.GetProperty("message_stats").Number("publish") > 0);
        Assert.True(overview.GetProperty("churn_rates").Number("queue_created") > 0);
        Assert.True((await broker.GetAsync("/api/vhosts/%2F")).GetProperty("message_stats").Number("confirm") > 0);
        Assert.True((await broker.GetAsync("/api/exchanges/%2F/amq.default")).GetProperty("message_stats").Number("publish_in") > 0);
        Assert.Contains((await broker.GetAsync("/api/connections")).EnumerateArray(), c => c.Number("recv_oct") > 0 && c.Number("send_oct") > 0);
    }

    [Fact]
    public async Task Parameters_are_kept()
    {
        Assert.Equal(201, (await SendAsync("PUT", "/api/parameters/shovel/%2F/moves", """{"value":{"src-uri":"amqp://","n":[1,true,null,1.5]}}""")).Status);
        Assert.Equal("""{"value":{"src-uri":"amqp://","n":[1,true,null,1.5]},"vhost":"/","component":"shovel","name":"moves"}""", (await broker.GetAsync("/api/parameters/shovel/%2F/moves")).GetRawText());
        Assert.Single((await broker.GetAsync("/api/parameters/shovel")).EnumerateArray());
        Assert.Equal((400, """{"error":"bad_request","reason":"Validation failed\n\ncomponent other not found\n"}"""), await SendAsync("PUT", "/api/parameters/other/%2F/x", """{"value":{}}"""));
        Assert.Equal(204, (await SendAsync("DELETE", "/api/parameters/shovel/%2F/moves")).Status);
        Assert.Equal(404, (await SendAsync("DELETE", "/api/parameters/shovel/%2F/moves")).Status);
        Assert.Equal(201, (await SendAsync("PUT", "/api/global-parameters/mine", """{"value":5}""")).Status);
        Assert.Equal(204, (await SendAsync("PUT", "/api/global-parameters/mine", """{"value":"x"}""")).Status);
        Assert.Equal("x", (await broker.GetAsync("/api/global-parameters/mine")).Text("value"));
        Assert.Equal(204, (await SendAsync("PUT", "/api/cluster-name", """{"name":"harbour"}""")).Status);
        Assert.Equal("harbour", (await broker.GetAsync("/api/overview")).Text("cluster_name"));
    }

    [Fact]
    public async Task A_node_tells_what_exporters_read()
    {
        JsonElement node = Assert.Single((await broker.GetAsync("/api/nodes")).EnumerateArray());
        Assert.True(node.Number("uptime") > 0 && node.Number("fd_total") > 0 && node.Number("mem_used") > 0 && node.Number("disk_free") > 0 && node.Number("proc_total") > 0);
        Assert.Equal((false, true, "disc"), (node.Flag("mem_alarm"), node.Flag("running"), node.Text("type")));
        string name = node.Text("name");
        Assert.Equal(name, (await broker.GetAsync($"/api/nodes/{name}")).Text("name"));
        Assert.True((await broker.GetAsync($"/api/nodes/{name}/memory")).GetProperty("memory").GetProperty("total").Number("rss") > 0);
        Assert.Equal(404, (await SendAsync("GET", "/api/nodes/other")).Status);
        Assert.Contains("quorum_queue", (await broker.GetAsync("/api/feature-flags")).Names());
    }

    private static HttpRequestMessage Request(string method, string path, string? body) => new(new HttpMethod(method), path)
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
    };

    private async Task<(int Status, string Text)> SendAsync(string method, string path, string? body = null)
    {
        using HttpRequestMessage request = Request(method, path, body);
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
