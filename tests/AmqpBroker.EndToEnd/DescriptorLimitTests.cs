using System.Diagnostics;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.EndToEnd;

/// <summary>More clients than the process may have files open.</summary>
public sealed class DescriptorLimitTests : IDisposable
{
    private const int TimeoutMs = 180_000;
    private const int Descriptors = 256;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Those that find no room wait in the system's queue; the descriptors that the journals and the runtime need stay free.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task without_descriptors_connections_go_on_and_new_ones_are_accepted_when_there_are_some_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the process with ulimit");
        ProcessStartInfo start = new("sh", ["-c", $"ulimit -n {Descriptors} && exec \"$0\" \"$@\"", Repository.BrokerBinary]);
        await using BrokerProcess broker = await BrokerProcess.StartAsync(start, _folder.Data, "--log-level", "warning");
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("q");
        List<RawClient> many = [];
        try
        {
            Task<string> full = broker.Output.FirstAsync(line => line.Contains("files open", StringComparison.Ordinal));
            for (int i = 0; i < 2 * Descriptors; i++)
            {
                many.Add(await RawClient.ConnectAsync(broker.Port));
            }

            await full.WaitAsync(Client.Wait);
            for (int i = 0; i < 100; i++)
            {
                await channel.PublishAsync("q", $"{i}");
                Assert.Equal($"{i}", (await channel.BasicGetAsync("q", autoAck: true))!.Text());
            }
        }
        finally
        {
            many.ForEach(client => client.Dispose());
        }

        await using IConnection late = await ConnectSoonAsync(broker);
        await using IChannel other = await late.ConfirmedChannelAsync();
        await other.PublishAsync("q", "late");
        Assert.Equal(0, await broker.StopAsync());
    }

    /// <summary>Those that were turned away before them are still being cleared up: a client tries again.</summary>
    private static async Task<IConnection> ConnectSoonAsync(BrokerProcess broker)
    {
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await Client.ConnectAsync(broker);
            }
            catch (BrokerUnreachableException) when (Stopwatch.GetElapsedTime(begun) < Client.Wait)
            {
                await Task.Delay(100); // waits because nothing tells a client when it is accepted again
            }
        }
    }
}
