using System.Globalization;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace AmqpBroker.Hosting.Tests.Formats;

/// <summary>All that a broker keeps, as its clients see it, a line each. It takes messages out and leaves them unacknowledged.</summary>
internal static class ContentListing
{
    public static async Task<string> OfAsync(RunningBroker broker)
    {
        List<string> lines = [];
        await AddAsync(broker, lines, "users", "name", "tags");
        await AddAsync(broker, lines, "vhosts", "name", "description", "tags", "default_queue_type");
        await AddAsync(broker, lines, "vhost-limits", "vhost", "value");
        await AddAsync(broker, lines, "user-limits", "user", "value");
        await AddAsync(broker, lines, "permissions", "user", "vhost", "configure", "write", "read");
        await AddAsync(broker, lines, "topic-permissions", "user", "vhost", "exchange", "write", "read");
        await AddAsync(broker, lines, "policies", "vhost", "name", "pattern", "apply-to", "definition", "priority");
        await AddAsync(broker, lines, "operator-policies", "vhost", "name", "pattern", "apply-to", "definition", "priority");
        await AddAsync(broker, lines, "exchanges", "vhost", "name", "type", "durable", "auto_delete", "internal", "arguments");
        await AddAsync(broker, lines, "queues", "vhost", "name", "durable", "auto_delete", "arguments", "policy");
        await AddAsync(broker, lines, "bindings", "vhost", "source", "destination", "destination_type", "routing_key", "arguments");
        using JsonDocument queues = JsonDocument.Parse(await broker.GetAsync("/api/queues"));
        foreach (JsonElement queue in queues.RootElement.EnumerateArray())
        {
            await AddMessagesAsync(broker, lines, queue.GetProperty("vhost").GetString()!, queue.GetProperty("name").GetString()!);
        }

        return string.Join('\n', lines) + "\n";
    }

    private static async Task AddAsync(RunningBroker broker, List<string> lines, string what, params string[] fields)
    {
        using JsonDocument list = JsonDocument.Parse(await broker.GetAsync("/api/" + what));
        lines.AddRange(list.RootElement.EnumerateArray()
            .Select(one => $"{what}: " + string.Join(' ', fields.Select(field => one.TryGetProperty(field, out JsonElement value) ? value.GetRawText() : "-")))
            .Order(StringComparer.Ordinal));
    }

    private static async Task AddMessagesAsync(RunningBroker broker, List<string> lines, string virtualHost, string queue)
    {
        await using IConnection connection = await broker.ConnectAsync(virtualHost, virtualHost == "/" ? "guest" : "alice", virtualHost == "/" ? "guest" : "wonderland");
        await using IChannel channel = await connection.CreateChannelAsync();
        int number = 0;
        while (await channel.BasicGetAsync(queue, autoAck: false) is { } message)
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"message {++number} of {virtualHost} {queue}: {message.Exchange}/{message.RoutingKey} redelivered {message.Redelivered} {Describe(message.BasicProperties)} '{Encoding.ASCII.GetString(message.Body.Span).TrimEnd('.')}' {message.Body.Length}"));
        }
    }

    private static string Describe(IReadOnlyBasicProperties properties) => string.Join(
        ' ',
        $"{properties.ContentType} {properties.CorrelationId} {properties.ReplyTo} {properties.Expiration} {properties.MessageId} {properties.Type} {properties.AppId}".Trim(),
        $"priority {properties.Priority} mode {(int)properties.DeliveryMode} time {properties.Timestamp.UnixTime} headers {Describe(properties.Headers)}");

    /// <summary>Deaths carry the time at which they came about, which is that of the directory's making and stays.</summary>
    private static string Describe(object? value) => value switch
    {
        null => "-",
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        IDictionary<string, object?> table => "{" + string.Join(", ", table.OrderBy(static p => p.Key, StringComparer.Ordinal).Select(static p => $"{p.Key}={Describe(p.Value)}")) + "}",
        System.Collections.IList list => "[" + string.Join(", ", list.Cast<object?>().Select(Describe)) + "]",
        AmqpTimestamp time => time.UnixTime.ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
