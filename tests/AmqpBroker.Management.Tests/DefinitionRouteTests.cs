using System.Text;
using System.Text.Json;

namespace AmqpBroker.Management.Tests;

/// <summary>Definitions: out, in, again, and what cannot be.</summary>
public sealed class DefinitionRouteTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private const string File = """
        {
          "rabbit_version": "3.10.8",
          "users": [{"name": "ann", "password_hash": "519R5E8ZqeKWlyCltls9e45C0h2yGPA3EzQ2Dirq+WqXmTj+", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["management"], "limits": {"max-channels": 7}},
                    {"name": "old", "password_hash": "519R5E8ZqeKWlyCltls9e45C0h2yGPA3EzQ2Dirq+WqXmTj+", "tags": "monitoring,policymaker"}],
          "vhosts": [{"name": "in", "description": "brought", "tags": ["t"], "default_queue_type": "quorum", "metadata": {"description": "brought", "tags": ["t"]}}],
          "permissions": [{"user": "ann", "vhost": "in", "configure": "^a", "write": ".*", "read": ""}],
          "topic_permissions": [{"user": "ann", "vhost": "in", "exchange": "amq.topic", "write": "^a", "read": ".*"}],
          "parameters": [{"value": {"max-queues": 50}, "vhost": "in", "component": "vhost-limits", "name": "limits"},
                         {"value": {"pattern": "^q", "apply-to": "queues", "definition": {"max-length": 9}, "priority": 0}, "vhost": "in", "component": "operator_policy", "name": "op"},
                         {"value": {"src-uri": "amqp://", "src-queue": "a"}, "vhost": "in", "component": "shovel", "name": "s"}],
          "global_parameters": [{"name": "internal_cluster_id", "value": "rabbitmq-cluster-id-x"}],
          "policies": [{"vhost": "in", "name": "p", "pattern": "^q", "apply-to": "queues", "definition": {"dead-letter-exchange": "x", "expires": 3600000}, "priority": 3}],
          "queues": [{"name": "q", "vhost": "in", "durable": true, "auto_delete": false, "arguments": {"x-max-priority": 5, "f": 1.5, "l": [1, "a", true], "t": {"n": -1}}},
                     {"name": "quo", "vhost": "in", "type": "quorum", "durable": true, "auto_delete": false, "arguments": {}},
                     {"name": "log", "vhost": "in", "durable": true, "auto_delete": false, "arguments": {"x-queue-type": "stream"}}],
          "exchanges": [{"name": "x", "vhost": "in", "type": "headers", "durable": true, "auto_delete": false, "internal": true, "arguments": {"alternate-exchange": "amq.fanout"}}],
          "bindings": [{"source": "x", "vhost": "in", "destination": "q", "destination_type": "queue", "routing_key": "", "arguments": {"x-match": "any", "k": 1}},
                       {"source": "amq.topic", "vhost": "in", "destination": "x", "destination_type": "exchange", "routing_key": "a.#", "arguments": {}},
                       {"source": "amq.direct", "vhost": "in", "destination": "log", "destination_type": "queue", "routing_key": "k", "arguments": {}}]
        }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_brought_in_comes_out_again_and_can_be_brought_in_again()
    {
        (int status, string text) = await PostAsync("/api/definitions", File);
        Assert.Equal((200, """{"skipped":["queue 'log' in vhost 'in': streams are not supported"]}"""), (status, text));
        JsonElement host = await broker.GetAsync("/api/vhosts/in");
        Assert.Equal(("brought", "quorum"), (host.Text("description"), host.Text("default_queue_type")));
        JsonElement queue = await broker.GetAsync("/api/queues/in/q");
        Assert.Equal(("p", "op", 9), (queue.Text("policy"), queue.Text("operator_policy"), queue.GetProperty("effective_policy_definition").Number("max-length")));
        Assert.Equal("quorum", (await broker.GetAsync("/api/queues/in/quo")).Text("type"));
        Assert.Equal(7, (await broker.GetAsync("/api/users/ann")).GetProperty("limits").Number("max-channels"));

        JsonElement before = await broker.GetAsync("/api/definitions");
        Assert.Equal("519R5E8ZqeKWlyCltls9e45C0h2yGPA3EzQ2Dirq+WqXmTj+", before.GetProperty("users").The(u => u.Text("name") == "ann").Text("password_hash"));
        Assert.Equal((204, ""), await PostAsync("/api/definitions", before.GetRawText()));
        JsonElement after = await broker.GetAsync("/api/definitions");
        Assert.True(JsonElement.DeepEquals(before, after), $"{before}\n{after}");
        JsonElement expected = JsonDocument.Parse(File).RootElement;
        foreach (string list in (string[])["exchanges", "policies", "permissions", "topic_permissions"])
        {
            foreach (JsonElement entry in expected.GetProperty(list).EnumerateArray())
            {
                Assert.Contains(before.GetProperty(list).EnumerateArray(), found => JsonElement.DeepEquals(entry, found));
            }
        }

        foreach (JsonElement entry in expected.GetProperty("parameters").EnumerateArray())
        {
            Assert.Contains(before.GetProperty("parameters").EnumerateArray(), found => JsonElement.DeepEquals(entry, found));
        }

        // A part of it, into another virtual host.
        JsonElement part = await broker.GetAsync("/api/definitions/in");
        Assert.False(part.TryGetProperty("users", out _));
        await broker.Http.PutAsync("/api/vhosts/copy", null, Cancellation);
        Assert.Equal((204, ""), await PostAsync("/api/definitions/copy", part.GetRawText()));
        JsonElement copy = await broker.GetAsync("/api/definitions/copy");
        Assert.True(JsonElement.DeepEquals(part.GetProperty("queues"), copy.GetProperty("queues")) && JsonElement.DeepEquals(part.GetProperty("bindings"), copy.GetProperty("bindings")));
    }

    [Theory]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/","durable":true},{"name":"bad","vhost":"/","durable":true,"arguments":{"x-max-length":-1}}]}""", "queue 'bad' in vhost '/': invalid arg 'x-max-length' for queue 'bad' in vhost '/': {value_negative,-1}")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"}],"exchanges":[{"name":"x","vhost":"/","type":"bogus"}]}""", "exchange 'x' in vhost '/': unknown exchange type 'bogus'")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"}],"bindings":[{"source":"none","vhost":"/","destination":"fine","destination_type":"queue","routing_key":"k"}]}""", "binding from exchange 'none' to queue 'fine' with key 'k' in vhost '/': there is no exchange 'none'")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"}],"permissions":[{"user":"nobody","vhost":"/","configure":"","write":"","read":""}]}""", "permissions of 'nobody' in vhost '/': no_such_user: nobody")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"},{"name":"x","vhost":"nowhere"}]}""", "queue 'x' in vhost 'nowhere': no_such_vhost: nowhere")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"},{"vhost":"/"}]}""", "queues[1].name should be a string")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"},5]}""", "queues[1] should be an object")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"}],"users":[{"name":"u","password_hash":"!"}]}""", "users[0]: password_hash is not base64")]
    [InlineData("""{"queues":[{"name":"fine","vhost":"/"}],"users":[{"name":"u","tags":[1]}]}""", "users[0].tags should be a list of strings")]
    [InlineData("""{"queues":{}}""", "queues should be a list")]
    [InlineData("""[]""", "failed_to_parse_json")]
    [InlineData("""{"queues":""", "failed_to_parse_json")]
    public async Task A_bad_entry_is_named_and_nothing_is_done(string file, string reason)
    {
        (int status, string text) = await PostAsync("/api/definitions", file);
        Assert.Equal(400, status);
        Assert.Equal(reason, JsonDocument.Parse(text).RootElement.Text("reason"));
        using HttpResponseMessage fine = await broker.Http.GetAsync("/api/queues/%2F/fine", Cancellation);
        Assert.Equal(404, (int)fine.StatusCode);
    }

    [Fact]
    public async Task A_file_can_be_uploaded_with_a_form()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Encoding.UTF8.GetBytes("""{"queues":[{"name":"uploaded","vhost":"/","durable":true}]}""")), "file", "definitions.json" },
        };
        using HttpResponseMessage response = await broker.Http.PostAsync("/api/definitions", form, Cancellation);
        Assert.Equal(204, (int)response.StatusCode);
        Assert.True((await broker.GetAsync("/api/queues/%2F/uploaded")).Flag("durable"));
        using HttpResponseMessage download = await broker.Http.GetAsync("/api/definitions?download=a%0D%0Ab%22/..;c.json", Cancellation);
        Assert.Equal("attachment; filename=ab..c.json", download.Content.Headers.ContentDisposition?.ToString());
    }

    private async Task<(int Status, string Text)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await broker.Http.PostAsync(path, content, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
