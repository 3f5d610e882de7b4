using System.Text;
using RabbitMQ.Client;

namespace AmqpBroker.Hosting.Tests.Formats;

/// <summary>
/// Puts into a broker something of all that it keeps on the disk: accounts, virtual hosts, policies, exchanges, queues and
/// bindings of every kind, and messages in every state. Whoever adds a kind of record adds here what makes it written, and a
/// golden directory of the new format.
/// </summary>
internal static class MixedContent
{
    private const string TenYearsMs = "315360000000";

    private static readonly CreateChannelOptions s_confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    public static async Task WriteAsync(RunningBroker broker)
    {
        await WriteAccountsAsync(broker);
        await using IConnection connection = await broker.ConnectAsync();
        await using IChannel channel = await connection.CreateChannelAsync(s_confirmed);
        await WriteDefinitionsAsync(channel);
        await WritePoliciesAsync(broker);
        await WriteMessagesAsync(connection, channel);
        await WriteExchangeStateAsync(channel);
        await using IConnection second = await broker.ConnectAsync("second", "alice", "wonderland");
        await using IChannel other = await second.CreateChannelAsync(s_confirmed);
        await other.QueueDeclareAsync("only here", durable: true, exclusive: false, autoDelete: false);
        await PublishAsync(other, "", "only here", 5, 200);
    }

    /// <summary>Publishes and consumes so much that checkpoints are written, and leaves nothing of it.</summary>
    public static async Task WriteTrafficAsync(RunningBroker broker)
    {
        await using IConnection connection = await broker.ConnectAsync();
        await using IChannel channel = await connection.CreateChannelAsync(s_confirmed);
        await QueueAsync(channel, "traffic");
        await PublishAsync(channel, "", "traffic", 30, 1000);
        await channel.QueuePurgeAsync("traffic");
        await channel.QueueDeleteAsync("traffic");
    }

    private static async Task WriteAccountsAsync(RunningBroker broker)
    {
        await broker.PutAsync("/api/vhosts/second", """{"description":"another","tags":"test,golden","default_queue_type":"classic"}""");
        await broker.PutAsync("/api/vhosts/deleted", "{}");
        await broker.DeleteAsync("/api/vhosts/deleted");
        await broker.PutAsync("/api/vhost-limits/second/max-queues", """{"value":100}""");
        await broker.PutAsync("/api/users/alice", """{"password":"wonderland","tags":"management,monitoring"}""");
        await broker.PutAsync("/api/users/bob", """{"password":"builder","tags":""}""");
        await broker.PutAsync("/api/users/gone", """{"password":"x","tags":""}""");
        await broker.DeleteAsync("/api/users/gone");
        await broker.PutAsync("/api/user-limits/bob/max-connections", """{"value":7}""");
        await broker.PutAsync("/api/permissions/second/alice", """{"configure":".*","write":".*","read":".*"}""");
        await broker.PutAsync("/api/permissions/%2F/bob", """{"configure":"^bob","write":"^bob","read":".*"}""");
        await broker.PutAsync("/api/topic-permissions/%2F/bob", """{"exchange":"topics","write":"^a","read":"^b"}""");
    }

    private static async Task WritePoliciesAsync(RunningBroker broker)
    {
        await broker.PutAsync("/api/policies/%2F/lengths", """{"pattern":"^limited","definition":{"max-length":3,"overflow":"drop-head"},"priority":2,"apply-to":"queues"}""");
        await broker.PutAsync("/api/policies/%2F/gone", """{"pattern":"^nothing","definition":{"max-length":3},"apply-to":"all"}""");
        await broker.DeleteAsync("/api/policies/%2F/gone");
        await broker.PutAsync("/api/operator-policies/%2F/bytes", """{"pattern":".*","definition":{"max-length-bytes":100000000},"priority":0,"apply-to":"queues"}""");
    }

    private static async Task WriteDefinitionsAsync(IChannel channel)
    {
        foreach (string type in (string[])["direct", "fanout", "topic", "headers", "x-modulus-hash", "x-random", "x-consistent-hash"])
        {
            await channel.ExchangeDeclareAsync(type + "s", type, durable: true, autoDelete: false, new Dictionary<string, object?> { ["alternate-exchange"] = "fanouts" });
        }

        await channel.ExchangeDeclareAsync("delays", "x-delayed-message", durable: true, autoDelete: false, new Dictionary<string, object?> { ["x-delayed-type"] = "direct" });
        await channel.ExchangeDeclareAsync("history", "x-recent-history", durable: true, autoDelete: false, new Dictionary<string, object?> { ["x-recent-history-length"] = 3 });
        await channel.ExchangeDeclareAsync("once", "x-message-deduplication", durable: true, autoDelete: false, new Dictionary<string, object?> { ["x-cache-size"] = 100 });
        await channel.ExchangeDeclareAsync("gone", "direct", durable: true);
        await QueueAsync(channel, "plain");
        await QueueAsync(channel, "gone");
        await QueueAsync(channel, "acked");
        await QueueAsync(channel, "holes");
        await QueueAsync(channel, "purged");
        await QueueAsync(channel, "limited by policy");
        await QueueAsync(channel, "dead");
        await QueueAsync(channel, "unacked");
        await QueueAsync(channel, "from once");
        await QueueAsync(channel, "urgent", ("x-max-priority", 5));
        await QueueAsync(channel, "dying", ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"), ("x-message-ttl", long.Parse(TenYearsMs)));
        await QueueAsync(channel, "counted", ("x-queue-type", "quorum"), ("x-delivery-limit", 10));
        await QueueAsync(channel, "retried", ("x-delayed-retry-type", "all"), ("x-delayed-retry-min", long.Parse(TenYearsMs)), ("x-delayed-retry-max", long.Parse(TenYearsMs)));
        await channel.QueueBindAsync("plain", "topics", "a.*.#");
        await channel.QueueBindAsync("urgent", "headerss", "", new Dictionary<string, object?> { ["x-match"] = "any", ["kind"] = "urgent", ["number"] = 7 });
        await channel.QueueBindAsync("holes", "fanouts", "");
        await channel.QueueBindAsync("acked", "fanouts", "");
        await channel.QueueBindAsync("plain", "fanouts", "");
        await channel.ExchangeBindAsync("fanouts", "topics", "all.#");
        await channel.QueueBindAsync("plain", "directs", "unbound");
        await channel.QueueUnbindAsync("plain", "directs", "unbound");
        await channel.QueueBindAsync("from once", "once", "key");
        await channel.QueueBindAsync("plain", "delays", "key");
        await channel.QueueDeleteAsync("gone");
        await channel.ExchangeDeleteAsync("gone");
    }

    private static async Task WriteMessagesAsync(IConnection connection, IChannel channel)
    {
        await PublishAsync(channel, "fanouts", "to all three", 20, 300);
        await PublishAsync(channel, "topics", "a.b.c", 5, 3000);
        await PublishAsync(channel, "", "purged", 5, 100);
        await channel.QueuePurgeAsync("purged");
        await PublishAsync(channel, "", "purged", 1, 50);
        await PublishAsync(channel, "", "limited by policy", 6, 50);
        await PublishAsync(channel, "", "dying", 6, 500);
        await PublishAsync(channel, "", "counted", 3, 80);
        await PublishAsync(channel, "", "retried", 3, 80);
        await PublishAsync(channel, "", "unacked", 4, 80);
        for (byte priority = 0; priority < 5; priority++)
        {
            await PublishAsync(channel, "", "urgent", 2, 60, new BasicProperties { Persistent = true, Priority = priority });
        }

        await PublishAsync(channel, "", "plain", 1, 10, new BasicProperties
        {
            Persistent = true,
            ContentType = "text/plain",
            CorrelationId = "correlation",
            ReplyTo = "reply",
            Expiration = TenYearsMs,
            MessageId = "id",
            Timestamp = new AmqpTimestamp(1_700_000_000),
            Type = "type",
            AppId = "app",
            Headers = new Dictionary<string, object?> { ["text"] = "text", ["number"] = 42L, ["list"] = new List<object?> { 1, "two" }, ["BCC"] = new List<object?> { "counted" } },
        });
        await PublishAsync(channel, "", "plain", 1, 0);
        await SettleAsync(connection);
    }

    /// <summary>Messages that were delivered: acknowledged, dead-lettered, given back, or still out when the copy is made.</summary>
    private static async Task SettleAsync(IConnection connection)
    {
        await using IChannel channel = await connection.CreateChannelAsync();
        for (int i = 0; i < 20; i++)
        {
            BasicGetResult message = (await channel.BasicGetAsync("acked", autoAck: false))!;
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
            message = (await channel.BasicGetAsync("holes", autoAck: false))!;
            if (i % 3 == 0)
            {
                await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
            }
        }

        for (int i = 0; i < 3; i++)
        {
            await channel.BasicRejectAsync((await channel.BasicGetAsync("dying", autoAck: false))!.DeliveryTag, requeue: false);
            await channel.BasicRejectAsync((await channel.BasicGetAsync("counted", autoAck: false))!.DeliveryTag, requeue: true);
        }

        await channel.BasicRejectAsync((await channel.BasicGetAsync("retried", autoAck: false))!.DeliveryTag, requeue: true);
        await channel.BasicGetAsync("unacked", autoAck: false);
        await channel.BasicGetAsync("unacked", autoAck: false);
        // Answered behind all of the above.
        await channel.QueueDeclarePassiveAsync("unacked");
    }

    private static async Task WriteExchangeStateAsync(IChannel channel)
    {
        await PublishAsync(channel, "history", "h", 5, 100);
        for (int i = 0; i < 6; i++)
        {
            await PublishAsync(channel, "once", "key", 1, 100, new BasicProperties { Persistent = true, Headers = new Dictionary<string, object?> { ["x-deduplication-header"] = $"key {i % 4}" } });
        }

        await PublishAsync(channel, "delays", "nowhere, when it is due", 2, 100, new BasicProperties { Persistent = true, Headers = new Dictionary<string, object?> { ["x-delay"] = 4_000_000_000L } });
    }

    private static Task<QueueDeclareOk> QueueAsync(IChannel channel, string name, params (string Key, object Value)[] arguments) =>
        channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments.ToDictionary(static a => a.Key, static a => (object?)a.Value));

    private static async Task PublishAsync(IChannel channel, string exchange, string key, int count, int bytes, BasicProperties? properties = null)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] body = Encoding.ASCII.GetBytes($"{exchange}/{key} {i} ".PadRight(bytes, '.')[..bytes]);
            await channel.BasicPublishAsync(exchange, key, mandatory: false, properties ?? new BasicProperties { Persistent = true }, body);
        }
    }
}
