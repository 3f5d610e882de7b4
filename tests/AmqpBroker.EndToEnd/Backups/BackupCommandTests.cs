using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Backups;

/// <summary><c>amqpbroker backup</c> and <c>restore</c>: what they need, what they leave, and what they refuse.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task everything_durable_of_all_virtual_hosts_comes_back(bool running)
    {
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, "--management", "127.0.0.1:0"))
        {
            await FillAsync(broker);
            if (running)
            {
                await BackUpAsync();
                await using IConnection connection = await Client.ConnectAsync(broker);
                await using IChannel channel = await connection.ConfirmedChannelAsync();
                await channel.QueuePurgeAsync("kept");
            }

            Assert.Equal(0, await broker.StopAsync());
        }

        if (!running)
        {
            await BackUpAsync();
        }

        Assert.Contains("complete", await BrokerCommand.SucceedsAsync("restore", "--from", _folder["backup"], "--data-dir", _folder["restored"]));
        await using BrokerProcess restored = await BrokerProcess.StartAsync(_folder["restored"]);
        await using IConnection again = await Client.ConnectAsync(restored);
        await using IChannel reading = await again.CreateChannelAsync();
        Assert.Equal(["one", "two", "three"], (await reading.TakeAllAsync("kept")).Select(m => m.Text()));
        await reading.ExchangeDeclarePassiveAsync("exchange");
    }

    [Fact]
    public async Task what_cannot_be_is_refused_in_one_line_and_leaves_nothing()
    {
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data))
        {
            await FillAsync(broker);
            await BackUpAsync();
            Assert.Contains("not empty", await BrokerCommand.RefusedAsync(1, "backup", "--data-dir", _folder.Data, "--to", _folder["backup"]));
            Assert.Contains("not empty", await BrokerCommand.RefusedAsync(1, "restore", "--from", _folder["backup"], "--data-dir", _folder.Data));
        }

        Assert.Contains("not the data directory", await BrokerCommand.RefusedAsync(1, "backup", "--data-dir", _folder["none"], "--to", _folder["other"]));
        Assert.Contains("--rate", await BrokerCommand.RefusedAsync(2, "backup", "--data-dir", _folder.Data, "--to", _folder["other"], "--rate", "fast"));
        Assert.Contains("--to", await BrokerCommand.RefusedAsync(2, "backup", "--data-dir", _folder.Data));
        Assert.Contains("not a backup", await BrokerCommand.RefusedAsync(1, "restore", "--from", _folder.Data, "--data-dir", _folder["other"]));

        string segment = Directory.GetFiles(_folder["backup"], "segment-*", SearchOption.AllDirectories)[0];
        byte[] bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        BrokerCommand damaged = await BrokerCommand.RunAsync("restore", "--from", _folder["backup"], "--data-dir", _folder["other"]);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("fails its checksum", damaged.Errors);
        Assert.Contains("nothing was restored", damaged.Errors);
        Assert.Equal([_folder["backup"], _folder.Data], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task a_backup_that_loses_its_broker_or_is_stopped_leaves_nothing()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data);
        await FillAsync(broker);

        // So slow that it does not end by itself.
        string[] slowly = ["backup", "--data-dir", _folder.Data, "--to", _folder["backup"], "--rate", "1"];
        await using BrokerProcess stopped = BrokerProcess.Launch(slowly);
        await GrowsAsync();
        Assert.Contains("Another backup", await BrokerCommand.RefusedAsync(1, "backup", "--data-dir", _folder.Data, "--to", _folder["other"]));
        stopped.Signal(BrokerProcess.Terminate);
        Assert.Equal(1, await stopped.ExitedAsync());
        Assert.Equal([_folder.Data], Directory.GetFileSystemEntries(_folder.Path));

        await using BrokerProcess orphaned = BrokerProcess.Launch(slowly);
        await GrowsAsync();
        await broker.KillAsync();
        Assert.Equal(1, await orphaned.ExitedAsync());
        Assert.Contains("the broker stopped", orphaned.Errors.ToString());
        Assert.Equal([_folder.Data], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task a_broker_does_not_start_on_half_a_restore_and_a_killed_backup_is_begun_anew()
    {
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data))
        {
            await FillAsync(broker);
            await using BrokerProcess killed = BrokerProcess.Launch("backup", "--data-dir", _folder.Data, "--to", _folder["backup"], "--rate", "1");
            await GrowsAsync();
            await killed.KillAsync();
            await BackUpAsync();
        }

        Assert.False(Directory.Exists(_folder["backup.unfinished"]));
        Directory.CreateDirectory(Path.Combine(_folder["half"], "restoring", "vhosts"));
        Assert.Contains("restore", await BrokerCommand.RefusedAsync(1, "--data-dir", _folder["half"], "--listen", "127.0.0.1:0"));
        await BrokerCommand.SucceedsAsync("restore", "--from", _folder["backup"], "--data-dir", _folder["half"]);
        await using BrokerProcess restored = await BrokerProcess.StartAsync(_folder["half"]);
    }

    private static async Task FillAsync(BrokerProcess broker)
    {
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.ExchangeDeclareAsync("exchange", ExchangeType.Topic, durable: true);
        await channel.DeclareDurableAsync("kept");
        foreach (string text in (string[])["one", "two", "three"])
        {
            await channel.PublishAsync("kept", text);
        }
    }

    private Task<string> BackUpAsync() => BrokerCommand.SucceedsAsync("backup", "--data-dir", _folder.Data, "--to", _folder["backup"]);

    private Task GrowsAsync() => Eventually.HoldsAsync(
        () => Directory.Exists(_folder["backup.unfinished"]) && Directory.GetFiles(_folder["backup.unfinished"], "segment-*", SearchOption.AllDirectories).Length > 0,
        () => "no backup has begun");
}
