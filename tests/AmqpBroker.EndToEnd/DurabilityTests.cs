using System.Text;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.EndToEnd;

/// <summary>What is still there after the process has stopped in order (SIGTERM) or was killed, and what is not.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private const int TimeoutMs = 120_000;
    private readonly TestFolder _folder = new();
    private BrokerProcess _broker = null!;
    private IConnection _connection = null!;
    private IChannel _channel = null!;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task durable_messages_come_back_in_order_with_all_they_had(bool killed)
    {
        await _channel.DeclareDurableAsync("q");
        BasicProperties properties = new()
        {
            Persistent = true,
            ContentType = "text/plain",
            MessageId = "m",
            Headers = new Dictionary<string, object?> { ["depth"] = 3, ["nested"] = new Dictionary<string, object?> { ["x"] = true } },
        };
        for (int i = 0; i < 200; i++)
        {
            await _channel.PublishAsync("q", $"message {i}", properties);
        }

        await RestartAsync(killed);
        List<BasicGetResult> messages = await _channel.TakeAllAsync("q");
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"message {i}"), messages.Select(m => m.Text()));
        Assert.All(messages, message =>
        {
            Assert.False(message.Redelivered);
            Assert.True(message.BasicProperties.Persistent);
            Assert.Equal(("text/plain", "m"), (message.BasicProperties.ContentType, message.BasicProperties.MessageId));
            Assert.Equal(3, message.BasicProperties.Headers!["depth"]);
            Assert.Equal(true, ((IDictionary<string, object?>)message.BasicProperties.Headers["nested"]!)["x"]);
        });
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task durable_exchanges_queues_and_bindings_come_back(bool killed)
    {
        await _channel.ExchangeDeclareAsync("orders", ExchangeType.Topic, durable: true);
        await _channel.ExchangeDeclareAsync("audit", ExchangeType.Fanout, durable: true);
        await _channel.ExchangeDeclareAsync("by-header", ExchangeType.Headers, durable: true);
        await _channel.ExchangeDeclareAsync("fallback", ExchangeType.Fanout, durable: true);
        await _channel.ExchangeDeclareAsync(
            "strict", ExchangeType.Direct, durable: true, arguments: new Dictionary<string, object?> { ["alternate-exchange"] = "fallback" });
        foreach (string queue in (string[])["eu", "all", "red", "lost", "limited", "gone"])
        {
            Dictionary<string, object?>? arguments = queue == "limited" ? new() { ["x-max-length"] = 2 } : null;
            await _channel.DeclareDurableAsync(queue, arguments);
        }

        await _channel.QueueBindAsync("eu", "orders", "order.eu.*");
        await _channel.QueueBindAsync("limited", "orders", "unbound.#");
        await _channel.QueueUnbindAsync("limited", "orders", "unbound.#");
        await _channel.ExchangeBindAsync("audit", "orders", "#");
        await _channel.QueueBindAsync("all", "audit", "");
        await _channel.QueueBindAsync("red", "by-header", "", new Dictionary<string, object?> { ["x-match"] = "all", ["colour"] = "red" });
        await _channel.QueueBindAsync("lost", "fallback", "");
        await _channel.QueueDeleteAsync("gone");

        await RestartAsync(killed);
        await PublishAsync("orders", "order.eu.1");
        await PublishAsync("orders", "order.us.1");
        await PublishAsync("orders", "unbound.1");
        await PublishAsync("by-header", "1", new() { Headers = new Dictionary<string, object?> { ["colour"] = "red" } });
        await PublishAsync("strict", "nowhere");
        for (int i = 0; i < 5; i++)
        {
            await PublishAsync("", "limited");
        }

        Assert.Equal(["order.eu.1"], await KeysAsync("eu"));
        Assert.Equal(["order.eu.1", "order.us.1", "unbound.1"], await KeysAsync("all"));
        Assert.Equal(["1"], await KeysAsync("red"));
        Assert.Equal(["nowhere"], await KeysAsync("lost"));
        Assert.Equal(2, (await KeysAsync("limited")).Count);
        // The arguments are kept, too: declaring the same again is right, declaring another is not.
        await _channel.DeclareDurableAsync("limited", new() { ["x-max-length"] = 2 });
        await AssertMissingAsync(channel => channel.QueueDeclarePassiveAsync("gone"));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_is_transient_or_exclusive_is_gone(bool killed)
    {
        await _channel.DeclareDurableAsync("kept");
        await _channel.PublishAsync("kept", "transient", new BasicProperties());
        await _channel.PublishAsync("kept", "persistent");
        await _channel.QueueDeclareAsync("transient-queue", durable: false, exclusive: false, autoDelete: false);
        await _channel.PublishAsync("transient-queue", "persistent, for nothing");
        await _channel.ExchangeDeclareAsync("transient-exchange", ExchangeType.Fanout, durable: false);
        await _channel.QueueBindAsync("kept", "transient-exchange", "");
        await _channel.QueueDeclareAsync("exclusive-queue", durable: true, exclusive: true, autoDelete: false);

        await RestartAsync(killed);
        Assert.Equal("persistent", Assert.Single(await _channel.TakeAllAsync("kept")).Text());
        await AssertMissingAsync(channel => channel.QueueDeclarePassiveAsync("transient-queue"));
        await AssertMissingAsync(channel => channel.QueueDeclarePassiveAsync("exclusive-queue"));
        await AssertMissingAsync(channel => channel.ExchangeDeclarePassiveAsync("transient-exchange"));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task unacknowledged_messages_come_back_redelivered_and_acknowledged_ones_do_not(bool killed)
    {
        await _channel.DeclareDurableAsync("q");
        for (int i = 0; i < 6; i++)
        {
            await _channel.PublishAsync("q", $"message {i}");
        }

        List<BasicGetResult> taken = [];
        for (int i = 0; i < 4; i++)
        {
            taken.Add((await _channel.BasicGetAsync("q", autoAck: false))!);
        }

        await _channel.BasicAckAsync(taken[1].DeliveryTag, multiple: false);
        await _channel.BasicRejectAsync(taken[3].DeliveryTag, requeue: false);
        // What is confirmed after them has them on the disk before it.
        await _channel.PublishAsync("q", "message 6");

        await RestartAsync(killed);
        List<BasicGetResult> left = await _channel.TakeAllAsync("q");
        Assert.Equal(["message 0", "message 2", "message 4", "message 5", "message 6"], left.Select(m => m.Text()));
        Assert.Equal([true, true, false, false, false], left.Select(m => m.Redelivered));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task what_was_marked_redelivered_after_a_kill_stays_so_over_a_stop()
    {
        await _channel.DeclareDurableAsync("q");
        await _channel.PublishAsync("q", "delivered");
        await _channel.PublishAsync("q", "never");
        await _channel.BasicGetAsync("q", autoAck: false);
        await _channel.PublishAsync("q", "never either"); // its confirm has the delivery before it on the disk
        await RestartAsync(killed: true);
        await RestartAsync(killed: false);
        Assert.Equal([true, false, false], (await _channel.TakeAllAsync("q")).Select(m => m.Redelivered));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_committed_transaction_is_kept_and_an_open_one_is_not(bool killed)
    {
        await _channel.DeclareDurableAsync("q");
        await using (IChannel transaction = await _connection.CreateChannelAsync())
        {
            await transaction.TxSelectAsync();
            await transaction.PublishAsync("q", "committed 1");
            await transaction.PublishAsync("q", "committed 2");
            await transaction.TxCommitAsync();
            await transaction.PublishAsync("q", "open");
            // A reply on the same channel: the broker has the publish by now.
            await transaction.QueueDeclarePassiveAsync("q");
            await RestartAsync(killed);
        }

        Assert.Equal(["committed 1", "committed 2"], (await _channel.TakeAllAsync("q")).Select(m => m.Text()));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task dead_letters_come_back_with_their_history(bool killed)
    {
        await _channel.DeclareDurableAsync("dead");
        await _channel.DeclareDurableAsync("q", new() { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "dead" });
        await _channel.PublishAsync("q", "rejected");
        BasicGetResult taken = (await _channel.BasicGetAsync("q", autoAck: false))!;
        await _channel.BasicRejectAsync(taken.DeliveryTag, requeue: false);
        await _channel.PublishAsync("q", "stays");

        await RestartAsync(killed);
        BasicGetResult dead = Assert.Single(await _channel.TakeAllAsync("dead"));
        Assert.Equal("rejected", dead.Text());
        IDictionary<string, object?> death = Death(dead);
        Assert.Equal(("rejected", "q", 1L), (Utf8(death["reason"]), Utf8(death["queue"]), death["count"]));
        Assert.Equal("stays", Assert.Single(await _channel.TakeAllAsync("q")).Text());
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task deadlines_go_on_while_the_broker_is_away(bool killed)
    {
        const int ShortMs = 300;
        const int LongMs = 6_000;
        await _channel.DeclareDurableAsync("dead");
        Dictionary<string, object?> toDead = new() { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "dead" };
        await _channel.DeclareDurableAsync("short", toDead);
        await _channel.DeclareDurableAsync("long", new(toDead) { ["x-message-ttl"] = LongMs });
        await _channel.DeclareDurableAsync("hour", toDead);
        DateTime published = DateTime.UtcNow;
        await _channel.PublishAsync("long", "long");
        await _channel.PublishAsync("hour", "hour", new BasicProperties { Persistent = true, Expiration = "3600000" });
        DateTime shortPublished = DateTime.UtcNow;
        await _channel.PublishAsync("short", "short", new BasicProperties { Persistent = true, Expiration = ShortMs.ToString() });

        await StopAsync(killed);
        // waits because time has to pass while the broker is away: the first deadline, and half of the second
        await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, (LongMs / 2) - (DateTime.UtcNow - published).TotalMilliseconds)));
        Assert.True(DateTime.UtcNow - shortPublished > TimeSpan.FromMilliseconds(ShortMs));
        DateTime restarted = DateTime.UtcNow;
        await StartAsync();
        await using IChannel consumer = await _connection.CreateChannelAsync();
        Inbox dead = await Inbox.ConsumeAsync(consumer, "dead");
        Assert.Equal("short", (await dead.TakeAsync()).Text);
        Received late = await dead.TakeAsync();
        DateTime died = DateTime.UtcNow;
        Assert.Equal("long", late.Text);
        // Clocks of a timer and of the wall may differ by a little.
        Assert.True(died - published >= TimeSpan.FromMilliseconds(LongMs - 20), $"It expired after {died - published}.");
        Assert.True(died - restarted < TimeSpan.FromMilliseconds(LongMs), $"Its time began anew: {died - restarted} after the start.");
        Assert.Equal("hour", Assert.Single(await _channel.TakeAllAsync("hour")).Text());
        Assert.Empty(await _channel.TakeAllAsync("short"));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task what_several_restarts_leave_adds_up()
    {
        await _channel.DeclareDurableAsync("q");
        for (int run = 0; run < 4; run++)
        {
            await _channel.PublishAsync("q", $"a{run}");
            await _channel.PublishAsync("q", $"b{run}");
            await RestartAsync(killed: run % 2 == 0);
            BasicGetResult oldest = (await _channel.BasicGetAsync("q", autoAck: true))!;
            Assert.Equal(run % 2 == 0 ? $"a{run / 2}" : $"b{run / 2}", oldest.Text());
        }

        Assert.Equal(["a2", "b2", "a3", "b3"], (await _channel.TakeAllAsync("q")).Select(m => m.Text()));
    }

    private static IDictionary<string, object?> Death(BasicGetResult message) =>
        (IDictionary<string, object?>)((IList<object?>)message.BasicProperties.Headers!["x-death"]!)[0]!;

    private static string Utf8(object? value) => Encoding.UTF8.GetString((byte[])value!);

    private ValueTask PublishAsync(string exchange, string key, BasicProperties? properties = null) =>
        _channel.BasicPublishAsync(exchange, key, false, properties ?? Client.Persistent, Encoding.UTF8.GetBytes(key));

    private async Task<List<string>> KeysAsync(string queue) => [.. (await _channel.TakeAllAsync(queue)).Select(m => m.RoutingKey)];

    private async Task AssertMissingAsync(Func<IChannel, Task> ask)
    {
        await using IChannel channel = await _connection.CreateChannelAsync();
        OperationInterruptedException missing = await Assert.ThrowsAsync<OperationInterruptedException>(() => ask(channel));
        Assert.Equal(404, missing.ShutdownReason!.ReplyCode);
    }

    private async Task RestartAsync(bool killed)
    {
        await StopAsync(killed);
        await StartAsync();
    }

    private async Task StartAsync()
    {
        _broker = await BrokerProcess.StartAsync(_folder.Data);
        _connection = await Client.ConnectAsync(_broker);
        _channel = await _connection.ConfirmedChannelAsync();
    }

    private async Task StopAsync(bool killed)
    {
        if (killed)
        {
            await _broker.KillAsync();
        }
        else
        {
            Assert.Equal(0, await _broker.StopAsync());
        }

        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        await _broker.DisposeAsync();
    }
}
