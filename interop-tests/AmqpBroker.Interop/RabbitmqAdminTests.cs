using System.Text.Json;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Interop;

/// <summary>
/// RabbitMQ's own tool for its HTTP API, as the system's package brings it, against this broker: what it lists, declares,
/// publishes, gets, deletes, exports and imports.
/// </summary>
public sealed class RabbitmqAdminTests
{
    private const string Tool = "/usr/bin/rabbitmqadmin";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_commands_do_what_they_say()
    {
        Assert.SkipUnless(File.Exists(Tool), "rabbitmqadmin is not installed here. To run it, install: Debian package rabbitmq-server.");
        await using BrokerUnderTest broker = await BrokerUnderTest.StartAsync(BrokerUnderTest.TargetIsRabbitMQ, management: true, Cancellation);
        var admin = new Admin(broker.ManagementPort!.Value);

        await admin.RunAsync("declare", "vhost", "name=tool");
        await admin.RunAsync("declare", "user", "name=worker", "password=secret", "tags=management");
        await admin.RunAsync("declare", "permission", "vhost=tool", "user=worker", "configure=.*", "write=.*", "read=.*");
        await admin.RunAsync("-V", "tool", "declare", "exchange", "name=x", "type=topic");
        await admin.RunAsync("-V", "tool", "declare", "queue", "name=q", "durable=true", "arguments={\"x-max-length\": 10}");
        await admin.RunAsync("-V", "tool", "declare", "binding", "source=x", "destination=q", "routing_key=a.#");
        await admin.RunAsync("-V", "tool", "declare", "policy", "name=p", "pattern=^q", "definition={\"message-ttl\": 60000}", "apply-to=queues");
        await admin.RunAsync("declare", "vhost_limit", "vhost=tool", "name=max-queues", "value=100");

        Assert.Contains("published", await admin.RunAsync("-V", "tool", "publish", "exchange=x", "routing_key=a.b", "payload=hello", "properties={\"delivery_mode\": 2}"));
        Assert.Contains("NOT routed", await admin.RunAsync("-V", "tool", "publish", "exchange=x", "routing_key=z", "payload=lost"));
        JsonElement got = Assert.Single((await admin.JsonAsync("-V", "tool", "get", "queue=q", "ackmode=ack_requeue_true")).EnumerateArray());
        Assert.Equal(("hello", "a.b"), (got.GetProperty("payload").GetString(), got.GetProperty("routing_key").GetString()));
        Assert.Contains("hello", await admin.RunAsync("-V", "tool", "get", "queue=q", "ackmode=ack_requeue_false"));

        Assert.Contains("| q    |", await admin.RunAsync("-V", "tool", "list", "queues", "name", "messages"));
        foreach (string list in (string[])["connections", "channels", "consumers", "exchanges", "queues", "bindings", "users", "vhosts", "permissions", "nodes", "parameters", "policies", "operator_policies", "vhost_limits"])
        {
            await admin.RunAsync("list", list);
        }

        JsonElement overview = Assert.Single((await admin.JsonAsync("show", "overview")).EnumerateArray());
        Assert.True(overview.TryGetProperty("rabbitmq_version", out _));

        string file = Path.Combine(Directory.CreateTempSubdirectory("amqpbroker-admin-").FullName, "definitions.json");
        await admin.RunAsync("export", file);
        await admin.RunAsync("-V", "tool", "delete", "binding", "source=x", "destination_type=queue", "destination=q", "properties_key=a.%23");
        await admin.RunAsync("-V", "tool", "purge", "queue", "name=q");
        await admin.RunAsync("-V", "tool", "delete", "policy", "name=p");
        await admin.RunAsync("-V", "tool", "delete", "queue", "name=q");
        await admin.RunAsync("-V", "tool", "delete", "exchange", "name=x");
        await admin.RunAsync("delete", "vhost", "name=tool");
        await admin.RunAsync("delete", "user", "name=worker");
        await admin.RunAsync("import", file);
        string again = file + ".again";
        await admin.RunAsync("export", again);
        using JsonDocument before = JsonDocument.Parse(await File.ReadAllTextAsync(file, Cancellation));
        using JsonDocument after = JsonDocument.Parse(await File.ReadAllTextAsync(again, Cancellation));
        Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement) || BrokerUnderTest.TargetIsRabbitMQ, $"{before.RootElement}\n{after.RootElement}");
        Assert.Contains("a.#", await admin.RunAsync("-V", "tool", "list", "bindings"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private sealed class Admin(int port)
    {
        public async Task<string> RunAsync(params string[] arguments)
        {
            // Debian's modules belong to the system's interpreter.
            await using ClientProcess process = ClientProcess.Start(
                ["/usr/bin/python3", Tool, "--host", "127.0.0.1", "--port", $"{port}", .. arguments], Path.GetTempPath());
            int code = await process.WaitForExitAsync(Cancellation);
            Assert.True(code == 0, $"rabbitmqadmin {string.Join(' ', arguments)} ended with {code}: {process.LastOutput}");
            return process.LastOutput;
        }

        public async Task<JsonElement> JsonAsync(params string[] arguments) =>
            JsonDocument.Parse(await RunAsync(["--format", "raw_json", .. arguments])).RootElement;
    }
}
