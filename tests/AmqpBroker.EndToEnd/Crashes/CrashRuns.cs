using AmqpBroker.EndToEnd.Harness;
using AmqpBroker.HistoryCheck;
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
    private readonly ClientHistory _history = new([.. s_queues, Traffic.Marks]);

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
    public async Task DeclareAsync(BrokerProcess broker)
    {
        ClientChannel history = _history.Open();
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("fan", ExchangeType.Fanout, durable: true);
        foreach (string queue in s_queues)
        {
            Action declared = history.Ask($"declare queue {queue}");
            await channel.DeclareDurableAsync(queue);
            declared();
        }

        foreach (string queue in s_fan)
        {
            await channel.QueueBindAsync(queue, "fan", "");
        }

        // Bounded: only the confirms of what is published to it count.
        Action marks = history.Ask($"declare queue {Traffic.Marks}");
        await channel.DeclareDurableAsync(Traffic.Marks, new() { ["x-max-length"] = 10 });
        marks();
        history.End();
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
            Traffic.PublishAsync(connections[0], _ledger, _history.Open(), _ledger.AddPublisher("single"), "", "single", window: 1, gone.Token),
            Traffic.PublishAsync(connections[1], _ledger, _history.Open(), _ledger.AddPublisher("many"), "", "many", window: 500, gone.Token),
            Traffic.PublishAsync(connections[2], _ledger, _history.Open(), _ledger.AddPublisher(s_fan), "fan", "", window: 500, gone.Token),
            Traffic.PublishAsync(connections[3], _ledger, _history.Open(), _ledger.AddPublisher(s_fan), "fan", "", window: 1, gone.Token),
            Traffic.ConsumeAsync(connections[4], _ledger, _history.Open(), "single", prefetch: 10, batch: 1, _ => true, gone.Token),
            Traffic.ConsumeAsync(connections[5], _ledger, _history.Open(), "fan-acked", prefetch: 200, batch: 10, _ => true, gone.Token),
            Traffic.ConsumeAsync(connections[6], _ledger, _history.Open(), "fan-holes", prefetch: 0, batch: 1, id => id.Sequence % 3 != 0, gone.Token),
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
            try
            {
                await connection.DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // Its broker is gone: on a busy machine the client gives up its goodbye late, and says so.
            }
        }

        _history.Crash();
        _history.Up();
    }

    /// <summary>Has the history of all clients judged by the program that knows nothing of brokers.</summary>
    public void Judge(string when)
    {
        IReadOnlyList<Violation> broken = _history.Judge();
        if (broken.Count > 0 && Environment.GetEnvironmentVariable("AMQPBROKER_KEEP_HISTORY") is { Length: > 0 } path)
        {
            File.WriteAllText(path, _history.ToString());
        }

        Assert.True(broken.Count == 0, $"{when}: {broken.Count} promises were broken (AMQPBROKER_KEEP_HISTORY=FILE keeps the history)\n{string.Join('\n', broken.Take(20))}");
    }

    /// <summary>Looks at every message of every queue; they go back afterwards, or with <paramref name="drain"/> are acknowledged.</summary>
    public async Task CheckAsync(BrokerProcess broker, string when, bool drain)
    {
        ClientChannel history = _history.Open();
        List<int> deliveries = [];
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
                bool known = MessageId.TryRead(message.Body, out MessageId id);
                contents[queue].Add(known ? id : null);
                lastTag = message.DeliveryTag;
                if (known)
                {
                    deliveries.Add(history.Deliver(queue, id, message.Redelivered, message.Body));
                }
            }

            history.Empty(queue);
        }

        List<string> faults = LedgerChecker.Check(_ledger, contents);
        Assert.True(faults.Count == 0, $"{when}: {faults.Count} faults\n{string.Join('\n', faults.Take(20))}\n{broker.Output}");
        if (!drain || lastTag == 0)
        {
            history.End();
            return;
        }

        foreach ((string queue, List<MessageId?> found) in contents)
        {
            _ledger[queue].AckSent.UnionWith(found.OfType<MessageId>());
            _ledger[queue].Settled.UnionWith(found.OfType<MessageId>());
        }

        history.Ack(deliveries);
        long mark = history.PublishOther(Traffic.Marks);
        await channel.BasicAckAsync(lastTag, multiple: true);
        await channel.PublishAsync(Traffic.Marks, "confirmed behind the acknowledgements");
        history.ConfirmOther(mark);
        history.End();
    }
}
