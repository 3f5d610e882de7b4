using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// Clients of a broker that is killed at random moments, over and over, with a ledger of all that they did kept outside of
/// it, and the check of what is there after each start.
/// </summary>
internal sealed class CrashRuns
{
    private static readonly string[] s_fan = ["fan-acked", "fan-holes", "fan-kept"];
    private static readonly string[] s_queues = ["single", "many", .. s_fan];
    private readonly Ledger _ledger = new();

    /// <summary>Messages that were confirmed so far.</summary>
    public int Confirmed => _ledger.Publishers.Sum(p => p.Confirmed.Count);

    /// <summary>A number from the environment, to make a run longer or to repeat it.</summary>
    public static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? value : otherwise;

    /// <summary>What happened so far, for who reads the test's output.</summary>
    public override string ToString() =>
        $"{_ledger.Publishers.Sum(p => p.Sent)} messages sent, {Confirmed} confirmed, "
        + $"{s_queues.Sum(q => _ledger[q].Settled.Count)} acknowledgements known to be on the disk";

    /// <summary>Declares what the clients use, as clients do: over and over.</summary>
    public static async Task DeclareAsync(BrokerProcess broker)
    {
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("fan", ExchangeType.Fanout, durable: true);
        foreach (string queue in s_queues)
        {
            await channel.DeclareDurableAsync(queue);
        }

        foreach (string queue in s_fan)
        {
            await channel.QueueBindAsync(queue, "fan", "");
        }

        // Bounded: only the confirms of what is published to it count.
        await channel.DeclareDurableAsync(Traffic.Marks, new() { ["x-max-length"] = 10 });
    }

    /// <summary>Lets publishers and consumers do what they do until the broker is killed, at a random moment.</summary>
    public async Task RunAndKillAsync(BrokerProcess broker, Random random)
    {
        Task enough = _ledger.MoreEventsAsync(random.Next(50, 4_000));
        List<IConnection> connections = [];
        for (int i = 0; i < 7; i++)
        {
            connections.Add(await Client.ConnectAsync(broker));
        }

        using CancellationTokenSource gone = new();
        Task[] traffic =
        [
            Traffic.PublishAsync(connections[0], _ledger, _ledger.AddPublisher("single"), "", "single", window: 1, gone.Token),
            Traffic.PublishAsync(connections[1], _ledger, _ledger.AddPublisher("many"), "", "many", window: 500, gone.Token),
            Traffic.PublishAsync(connections[2], _ledger, _ledger.AddPublisher(s_fan), "fan", "", window: 500, gone.Token),
            Traffic.PublishAsync(connections[3], _ledger, _ledger.AddPublisher(s_fan), "fan", "", window: 1, gone.Token),
            Traffic.ConsumeAsync(connections[4], _ledger, "single", prefetch: 10, batch: 1, _ => true, gone.Token),
            Traffic.ConsumeAsync(connections[5], _ledger, "fan-acked", prefetch: 200, batch: 10, _ => true, gone.Token),
            Traffic.ConsumeAsync(connections[6], _ledger, "fan-holes", prefetch: 0, batch: 1, id => id.Sequence % 3 != 0, gone.Token),
        ];
        await Task.WhenAny(enough, Task.WhenAll(traffic)).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(broker.IsRunning, $"The broker ended by itself:\n{broker.Output}\n{broker.Errors}");
        await broker.KillAsync();
        await gone.CancelAsync();
        // A client may wait as long as it waits for any answer before it gives up a channel whose broker is gone.
        await Task.WhenAny(Task.WhenAll(traffic), Task.Delay(2 * Client.Wait)); // waits because it is the limit
        Assert.True(
            traffic.All(task => task.IsCompleted),
            $"Clients {string.Join(", ", Enumerable.Range(0, traffic.Length).Where(i => !traffic[i].IsCompleted))} did not notice that the broker is gone.");
        await Task.WhenAll(traffic);
        foreach (IConnection connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>Looks at every message of every queue; they go back afterwards, or with <paramref name="drain"/> are acknowledged.</summary>
    public async Task CheckAsync(BrokerProcess broker, string when, bool drain)
    {
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        Dictionary<string, List<MessageId?>> contents = [];
        ulong lastTag = 0;
        foreach (string queue in s_queues)
        {
            uint count = (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
            Inbox inbox = await Inbox.ConsumeAsync(channel, queue, autoAck: false);
            contents[queue] = [];
            while (contents[queue].Count < count)
            {
                Received message = await inbox.TakeAsync();
                contents[queue].Add(MessageId.TryRead(message.Body, out MessageId id) ? id : null);
                lastTag = message.DeliveryTag;
            }
        }

        List<string> faults = LedgerChecker.Check(_ledger, contents);
        Assert.True(faults.Count == 0, $"{when}: {faults.Count} faults\n{string.Join('\n', faults.Take(20))}\n{broker.Output}");
        if (!drain || lastTag == 0)
        {
            return;
        }

        foreach ((string queue, List<MessageId?> found) in contents)
        {
            _ledger[queue].AckSent.UnionWith(found.OfType<MessageId>());
            _ledger[queue].Settled.UnionWith(found.OfType<MessageId>());
        }

        await channel.BasicAckAsync(lastTag, multiple: true);
        await channel.PublishAsync(Traffic.Marks, "confirmed behind the acknowledgements");
    }
}
