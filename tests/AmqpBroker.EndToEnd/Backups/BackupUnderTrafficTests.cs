using AmqpBroker.EndToEnd.Crashes;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Backups;

/// <summary>
/// Backups of a broker at work, with a ledger of all that clients did kept outside of it: what is restored is a moment of
/// that history, no earlier than the backup's beginning and no later than its end.
/// </summary>
public sealed class BackupUnderTrafficTests : IDisposable
{
    private static readonly string[] s_fan = ["fan-acked", "fan-holes", "fan-kept"];
    private static readonly string[] s_queues = ["many", .. s_fan];
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("fsync")]
    [InlineData("os")]
    public async Task what_was_confirmed_before_a_backup_and_not_acked_is_in_it_once_and_in_order(string durability)
    {
        const int Backups = 3;
        Ledger ledger = new();
        ClientHistory unheard = new([]);
        List<Ledger> moments = [];
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, "--durability", durability))
        {
            await DeclareAsync(broker);
            List<IConnection> connections = [];
            for (int i = 0; i < 5; i++)
            {
                connections.Add(await Client.ConnectAsync(broker));
            }

            using CancellationTokenSource gone = new();
            Task[] traffic =
            [
                Traffic.PublishAsync(connections[0], ledger, unheard.Open(), ledger.AddPublisher("many"), "", "many", window: 500, gone.Token),
                Traffic.PublishAsync(connections[1], ledger, unheard.Open(), ledger.AddPublisher(s_fan), "fan", "", window: 500, gone.Token),
                Traffic.PublishAsync(connections[2], ledger, unheard.Open(), ledger.AddPublisher(s_fan), "fan", "", window: 1, gone.Token),
                Traffic.ConsumeAsync(connections[3], ledger, unheard.Open(), "fan-acked", prefetch: 200, batch: 10, _ => true, gone.Token),
                Traffic.ConsumeAsync(connections[4], ledger, unheard.Open(), "fan-holes", prefetch: 0, batch: 1, id => id.Sequence % 3 != 0, gone.Token),
            ];
            for (int i = 0; i < Backups; i++)
            {
                // It ends also when a client ends, which the checks below then show.
                await Task.WhenAny(ledger.MoreEventsAsync(2_000), Task.WhenAny(traffic)).WaitAsync(TimeSpan.FromMinutes(1));
                Ledger began = Copy(ledger);
                await BrokerCommand.SucceedsAsync("backup", "--data-dir", _folder.Data, "--to", _folder[$"backup-{i}"], "--rate", "0");
                moments.Add(Between(began, Copy(ledger)));
            }

            Assert.DoesNotContain(traffic, static t => t.IsCompleted);
            await gone.CancelAsync();
            await Task.WhenAll(traffic);
            foreach (IConnection connection in connections)
            {
                await connection.DisposeAsync();
            }

            await broker.KillAsync();
        }

        for (int i = 0; i < Backups; i++)
        {
            await BrokerCommand.SucceedsAsync("restore", "--from", _folder[$"backup-{i}"], "--data-dir", _folder[$"data-{i}"]);
            await using BrokerProcess restored = await BrokerProcess.StartAsync(_folder[$"data-{i}"]);
            List<string> faults = LedgerChecker.Check(moments[i], await ContentsAsync(restored));
            Assert.True(faults.Count == 0, $"backup {i}: {faults.Count} faults\n{string.Join('\n', faults.Take(20))}\n{restored.Output}");
            Assert.DoesNotContain("put aside", restored.Output.ToString());
        }

        Assert.All(moments, static m => Assert.True(m.Publishers.Sum(p => p.Confirmed.Count) > 500, "too little was confirmed to show anything"));
    }

    /// <summary>What was known when the backup began must be there; what was done until it ended may be.</summary>
    private static Ledger Between(Ledger began, Ledger ended)
    {
        Ledger between = new();
        foreach (PublisherLedger publisher in ended.Publishers)
        {
            PublisherLedger copy = between.AddPublisher([.. publisher.Queues]);
            copy.Sent = publisher.Sent;
            copy.Confirmed.UnionWith(began.Publishers[publisher.Id].Confirmed);
        }

        foreach (string queue in s_queues)
        {
            between[queue].AckSent.UnionWith(ended[queue].AckSent);
            between[queue].Settled.UnionWith(began[queue].Settled);
        }

        return between;
    }

    private static Ledger Copy(Ledger ledger)
    {
        Ledger copy = new();
        lock (ledger.Gate)
        {
            foreach (PublisherLedger publisher in ledger.Publishers)
            {
                PublisherLedger added = copy.AddPublisher([.. publisher.Queues]);
                added.Sent = publisher.Sent;
                added.Confirmed.UnionWith(publisher.Confirmed);
            }

            foreach (string queue in s_queues)
            {
                copy[queue].AckSent.UnionWith(ledger[queue].AckSent);
                copy[queue].Settled.UnionWith(ledger[queue].Settled);
            }
        }

        return copy;
    }

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

        await channel.DeclareDurableAsync(Traffic.Marks, new() { ["x-max-length"] = 10 });
    }

    private static async Task<Dictionary<string, List<MessageId?>>> ContentsAsync(BrokerProcess broker)
    {
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        Dictionary<string, List<MessageId?>> contents = [];
        foreach (string queue in s_queues)
        {
            uint count = (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
            Inbox inbox = await Inbox.ConsumeAsync(channel, queue, autoAck: false);
            contents[queue] = [];
            while (contents[queue].Count < count)
            {
                contents[queue].Add(MessageId.TryRead((await inbox.TakeAsync()).Body, out MessageId id) ? id : null);
            }
        }

        return contents;
    }
}
