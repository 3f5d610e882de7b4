using System.Diagnostics;
using System.Globalization;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd;

/// <summary>
/// A consumer that does not read its socket while 100 MB wait for it: what it costs is what waits, and a bounded rest. Others
/// on the same virtual host notice nothing.
/// </summary>
public sealed class SlowConsumerTests(ITestOutputHelper output) : IDisposable
{
    private const int TimeoutMs = 180_000;
    private const int MessageBytes = 100_000;
    private const int Messages = 1_000;

    /// <summary>
    /// What may be on its way to a client that does not read: the broker's credit of 1 MiB for a connection, what the kernel
    /// takes for a socket (up to some megabytes), and the message that begins below the limit and ends above it.
    /// </summary>
    private const int OnItsWayBytes = 16 * 1024 * 1024;

    /// <summary>Above what waits: buffers of the connections, garbage not yet collected, blocks not yet full.</summary>
    private const long OverheadBytes = 64 * 1024 * 1024;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = TimeoutMs)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task a_consumer_that_does_not_read_costs_bounded_memory_and_holds_up_nobody(bool persistent)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the process's memory from /proc");
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, "--log-level", "warning");
        await using IConnection connection = await Client.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("slow");
        await channel.DeclareDurableAsync("fast");
        await using IConnection otherConnection = await Client.ConnectAsync(broker);
        await using IChannel other = await otherConnection.ConfirmedChannelAsync();
        Inbox inbox = await Inbox.ConsumeAsync(other, "fast");
        await RoundTripsAsync(other, inbox, 50);
        long before = broker.ResidentBytes;

        using RawClient slow = await RawClient.OpenAsync(broker.Port, receiveBufferBytes: 16 * 1024);
        await slow.SendAsync(Wire.ChannelOpen(1), Wire.Consume(1, "slow", autoAck: true));
        await slow.ExpectAsync(60, 21);
        Task published = PublishAsync(channel, persistent);
        List<TimeSpan> latencies = [];
        while (!published.IsCompleted)
        {
            latencies.AddRange(await RoundTripsAsync(other, inbox, 10));
        }

        await published;
        latencies.AddRange(await RoundTripsAsync(other, inbox, 100));
        latencies.Sort();
        long growth = broker.ResidentBytes - before;
        uint waiting = (await channel.QueueDeclarePassiveAsync("slow")).MessageCount;
        TimeSpan p99 = latencies[latencies.Count * 99 / 100];
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"persistent {persistent}: {growth / 1e6:F0} MB more, {waiting} of {Messages} still in the queue; {latencies.Count} round trips of others: median {latencies[latencies.Count / 2].TotalMilliseconds:F1} ms, p99 {p99.TotalMilliseconds:F1} ms"));

        long onItsWay = (Messages - waiting) * MessageBytes;
        Assert.True(onItsWay <= OnItsWayBytes, $"{onItsWay} bytes were taken from the queue for a client that reads nothing.");
        Assert.True(growth <= ((long)Messages * MessageBytes) + OverheadBytes, $"The broker grew by {growth} bytes.");
        Assert.True(p99 < TimeSpan.FromSeconds(2), $"Others waited {p99}.");

        // It reads at last: all of it comes, once and in order.
        for (int i = 0; i < Messages; i++)
        {
            await slow.ExpectAsync(60, 60);
            int bytes = 0;
            RawFrame? frame = await slow.ReadFrameAsync();
            Assert.Equal(Wire.HeaderFrame, frame!.Type);
            while (bytes < MessageBytes)
            {
                frame = await slow.ReadFrameAsync();
                Assert.True(bytes > 0 || frame!.Payload.AsSpan(0, 4).SequenceEqual(Wire.U32((uint)i)), $"Message {i} is another.");
                bytes += frame!.Payload.Length;
            }
        }
    }

    private static async Task PublishAsync(IChannel channel, bool persistent)
    {
        BasicProperties properties = new() { Persistent = persistent };
        for (int i = 0; i < Messages; i++)
        {
            byte[] body = new byte[MessageBytes];
            Wire.U32((uint)i).CopyTo(body, 0);
            await channel.BasicPublishAsync("", "slow", true, properties, body);
        }
    }

    private static async Task<List<TimeSpan>> RoundTripsAsync(IChannel channel, Inbox inbox, int count)
    {
        List<TimeSpan> latencies = [];
        for (int i = 0; i < count; i++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            await channel.PublishAsync("fast", "quick");
            await inbox.TakeAsync();
            latencies.Add(watch.Elapsed);
        }

        return latencies;
    }
}
