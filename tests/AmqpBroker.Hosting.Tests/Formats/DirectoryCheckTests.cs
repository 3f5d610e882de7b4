using System.IO.Compression;
using System.Text;
using AmqpBroker.Hosting.Checks;
using RabbitMQ.Client;

namespace AmqpBroker.Hosting.Tests.Formats;

/// <summary>The check of a data directory with something of everything in it: whole, and with a bit flipped anywhere.</summary>
public sealed class DirectoryCheckTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-check-").FullName;

    public DirectoryCheckTests() => ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "Formats", "format-1.zip"), _directory);

    private string Data => Path.Combine(_directory, "data");

    [Fact]
    public async Task Everything_is_counted()
    {
        CheckReport report = await DirectoryCheck.RunAsync(Data, NoProgress, CancellationToken.None);
        Assert.True(report.Whole);
        Assert.Equal(["server", "vhost-1", "vhost-2"], report.Journals.Select(static j => j.Name));
        QueueReport[] queues = [.. report.VirtualHosts.Single(static h => h.Name == "/").Queues];
        // What waits for its time counts, although nothing is due while it is checked.
        Assert.Equal(3, queues.Single(static q => q.Name == "retried").Messages);
        Assert.Equal(27, queues.Single(static q => q.Name == "plain").Messages);
        Assert.Equal(5, report.VirtualHosts.Single(static h => h.Name == "second").Queues.Single().Messages);
    }

    [Fact]
    public async Task A_bit_that_flips_where_something_stands_is_found_and_nothing_is_changed()
    {
        Random random = new(5);
        string[] paths = [.. Directory.GetFiles(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int i = 0; i < 90; i++)
        {
            string path = paths[i % paths.Length];
            byte[] whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            byte[] damaged = [.. whole];
            // In a segment: not in the room behind its header, which means nothing.
            int at = path.EndsWith(".log", StringComparison.Ordinal) ? random.Next(4096, whole.Length) : random.Next(whole.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, damaged, TestContext.Current.CancellationToken);
            CheckReport report = await DirectoryCheck.RunAsync(Data, NoProgress, CancellationToken.None);
            Assert.True(!report.Whole || report.Journals.Any(static j => j.TailBytes > 0), $"byte {at} of {path}");
            Assert.Equal(damaged, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        }

        Assert.Equal(paths, Directory.GetFiles(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("message 17 of the backlog", 1)]
    [InlineData("", 0)]
    public async Task Of_a_backlog_on_the_disk_what_is_damaged_is_said_by_queue_and_count(string damagedBody, int damaged)
    {
        string data = Path.Combine(_directory, "backlog");
        await using (RunningBroker broker = await RunningBroker.StartAsync(data, readyMessageBytes: 1000))
        {
            await using IConnection connection = await broker.ConnectAsync();
            CancellationToken cancellation = TestContext.Current.CancellationToken;
            await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellation);
            await channel.QueueDeclareAsync("cold", durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellation);
            for (int i = 0; i < 40; i++)
            {
                byte[] body = Encoding.ASCII.GetBytes($"message {i} of the backlog".PadRight(300, '.'));
                await channel.BasicPublishAsync("", "cold", mandatory: false, new BasicProperties { Persistent = true }, body, cancellation);
            }
        }

        if (damagedBody.Length > 0)
        {
            Change(data, Encoding.ASCII.GetBytes(damagedBody));
        }

        List<string> parts = [];
        CheckReport report = await DirectoryCheck.RunAsync(
            data,
            (what, bytes) =>
            {
                parts.Add(what);
                return static _ => { };
            },
            CancellationToken.None);
        Assert.Equal(damaged == 0, report.Whole);
        QueueReport queue = Assert.Single(Assert.Single(report.VirtualHosts).Queues);
        Assert.Equal((40, damaged), (queue.Messages, queue.Damaged));
        Assert.Equal(["messages of virtual host '/' read", "files verified"], parts);
        await using StringWriter text = new();
        await CheckText.WriteAsync(text, report);
        Assert.Equal(damaged > 0, text.ToString().Contains("DAMAGED 1 of them cannot be read and would not be delivered", StringComparison.Ordinal));
    }

    private static void Change(string data, byte[] body)
    {
        foreach (string path in Directory.GetFiles(Path.Combine(data, "vhosts", "vhost-1"), "*.log"))
        {
            byte[] bytes = File.ReadAllBytes(path);
            int at = bytes.AsSpan().IndexOf(body);
            if (at >= 0)
            {
                bytes[at] ^= 1;
                File.WriteAllBytes(path, bytes);
                return;
            }
        }

        Assert.Fail("No file holds the body.");
    }

    private static Action<long> NoProgress(string what, long bytes) => static _ => { };

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
