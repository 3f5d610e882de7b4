using System.IO.Compression;
using AmqpBroker.Hosting.Checks;

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
        CheckReport report = await DirectoryCheck.RunAsync(Data, CancellationToken.None);
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
            CheckReport report = await DirectoryCheck.RunAsync(Data, CancellationToken.None);
            Assert.True(!report.Whole || report.Journals.Any(static j => j.TailBytes > 0), $"byte {at} of {path}");
            Assert.Equal(damaged, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        }

        Assert.Equal(paths, Directory.GetFiles(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
