using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// kill -9 at random moments, over and over, with a ledger of all that clients did kept outside of the broker.
/// <c>AMQPBROKER_KILL_ROUNDS</c> makes it longer, <c>AMQPBROKER_KILL_SEED</c> repeats its choices.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultRounds = 12;
    private static readonly string[] s_fan = ["fan-acked", "fan-holes", "fan-kept"];
    private static readonly string[] s_queues = ["single", "many", .. s_fan];
    private readonly TestFolder _folder = new();
    private readonly Ledger _ledger = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>In mode <c>os</c> the kernel has what was confirmed, and the kernel is not killed.</summary>
    [Theory]
    [InlineData("fsync", DefaultRounds)]
    [InlineData("os", DefaultRounds / 3)]
    public async Task no_confirmed_message_is_lost_or_doubled_however_often_the_broker_is_killed(string durability, int defaultRounds)
    {
        string[] options = ["--log-level", "warning", "--durability", durability];
        int seed = Setting("AMQPBROKER_KILL_SEED", Environment.TickCount);
        int rounds = Setting("AMQPBROKER_KILL_ROUNDS", defaultRounds);
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            if (random.Next(4) == 0)
            {
                await KillWhileStartingAsync(random);
            }

            await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, options);
            await DeclareAsync(broker);
            await CheckAsync(broker, $"round {round} of AMQPBROKER_KILL_SEED={seed}", drain: round % 3 == 2);
            await RunAndKillAsync(broker, random);
        }

        await using BrokerProcess last = await BrokerProcess.StartAsync(_folder.Data, options);
        await CheckAsync(last, $"the end of AMQPBROKER_KILL_SEED={seed}", drain: true);
        int confirmed = _ledger.Publishers.Sum(p => p.Confirmed.Count);
        output.WriteLine(
            $"{rounds} rounds: {_ledger.Publishers.Sum(p => p.Sent)} messages sent, {confirmed} confirmed, "
            + $"{s_queues.Sum(q => _ledger[q].Settled.Count)} acknowledgements known to be on the disk");
        Assert.True(confirmed > 100 * rounds, $"Only {confirmed} messages in {rounds} rounds: this shows nothing.");
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? value : otherwise;

    private static async Task DeclareAsync(BrokerProcess broker)
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

    private async Task KillWhileStartingAsync(Random random)
    {
        await using BrokerProcess starting = BrokerProcess.Launch("--data-dir", _folder.Data, "--listen", "127.0.0.1:0");
        // waits because the moment is what is random here, and nothing tells how far a start has come
        await Task.Delay(random.Next(150));
        await starting.KillAsync();
    }

    private async Task RunAndKillAsync(BrokerProcess broker, Random random)
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
        await Eventually.HoldsAsync(
            () => traffic.All(task => task.IsCompleted),
            () => $"Clients {string.Join(", ", Enumerable.Range(0, traffic.Length).Where(i => !traffic[i].IsCompleted))} did not notice that the broker is gone.");
        await Task.WhenAll(traffic);
        foreach (IConnection connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>Looks at every message of every queue; they go back afterwards, or with <paramref name="drain"/> are acknowledged.</summary>
    private async Task CheckAsync(BrokerProcess broker, string when, bool drain)
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
