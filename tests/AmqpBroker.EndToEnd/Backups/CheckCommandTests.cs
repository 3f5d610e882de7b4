using System.Text;
using System.Text.Json;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd.Backups;

/// <summary><c>amqpbroker check</c>: says what is in a data directory and what is damaged, and changes nothing.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task a_whole_directory_is_counted_and_left_as_it_is()
    {
        await FillAsync();
        string[] before = TestFolder.Listing(_folder.Data);
        string text = await BrokerCommand.SucceedsAsync("check", "--data-dir", _folder.Data);
        Assert.Contains("queue 'kept': 40 messages", text);
        Assert.Contains("is whole", text);
        using JsonDocument json = JsonDocument.Parse(await BrokerCommand.SucceedsAsync("check", "--json", "--data-dir", _folder.Data));
        Assert.True(json.RootElement.GetProperty("whole").GetBoolean());
        Assert.Equal(40, json.RootElement.GetProperty("virtual_hosts")[0].GetProperty("queues")[0].GetProperty("messages").GetInt64());
        Assert.Equal(before, TestFolder.Listing(_folder.Data));
    }

    [Fact]
    public async Task damage_is_named_and_left_as_it_is_and_the_start_reports_the_same()
    {
        await FillAsync();
        string segment = Directory.GetFiles(_folder.Data, "segment-*", SearchOption.AllDirectories).Single(static f => IndexOf(f, "number 17 ") > 0);
        byte[] bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[IndexOf(segment, "number 17 ")] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        string[] before = TestFolder.Listing(_folder.Data);
        BrokerCommand check = await BrokerCommand.RunAsync("check", "--data-dir", _folder.Data);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains($"DAMAGED {Path.GetFileName(segment)}", check.Output);
        Assert.Contains("queue 'kept': 39 messages", check.Output);
        Assert.Equal(before, TestFolder.Listing(_folder.Data));

        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data);
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        Assert.Equal(39, (await channel.TakeAllAsync("kept")).Count);
        Assert.Contains(broker.Output.Lines, line => line.Contains($"damage in {Path.GetFileName(segment)}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_directory_in_use_a_newer_one_and_what_is_none_are_not_checked()
    {
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data))
        {
            Assert.Contains("a broker uses", await BrokerCommand.RefusedAsync(2, "check", "--data-dir", _folder.Data));
            await BrokerCommand.SucceedsAsync("backup", "--data-dir", _folder.Data, "--to", _folder["backup"]);
            Assert.Contains("is whole", await BrokerCommand.SucceedsAsync("check", "--backup", _folder["backup"]));
        }

        Assert.Contains("not the data directory", await BrokerCommand.RefusedAsync(2, "check", "--data-dir", _folder["none"]));
        Assert.Contains("not a backup", await BrokerCommand.RefusedAsync(2, "check", "--backup", _folder.Data));
        File.Delete(Directory.GetFiles(_folder["backup"], "segment-*", SearchOption.AllDirectories)[0]);
        BrokerCommand damaged = await BrokerCommand.RunAsync("check", "--backup", _folder["backup"]);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("is missing", damaged.Output);
    }

    private static int IndexOf(string file, string text) => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));

    private async Task FillAsync()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data);
        await using (IConnection connection = await Client.ConnectAsync(broker))
        {
            await using IChannel channel = await connection.ConfirmedChannelAsync();
            await channel.DeclareDurableAsync("kept");
            for (int i = 0; i < 40; i++)
            {
                await channel.PublishAsync("kept", $"number {i} of them");
            }
        }

        Assert.Equal(0, await broker.StopAsync());
    }
}
