using System.IO.Compression;
using AmqpBroker.Control;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Tests.Formats;

/// <summary>
/// What a former version wrote, as <c>format-N.zip</c>: a data directory as a killed broker leaves it, and what was in it. Every
/// later version serves all of it. With <c>AMQPBROKER_GOLDEN=FOLDER/format-N</c> the first test writes such files, for a new format.
/// </summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private const string Expected = "expected.txt";
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-golden-").FullName;

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Formats"), "*.zip").Select(static f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [InlineData("checkpoint", 1024)]
    [InlineData("log", 1024 * 1024 * 1024)]
    public async Task What_is_written_today_is_served_after_a_copy_of_the_running_broker_was_restored(string kind, long checkpointBytes)
    {
        string expected;
        await using (RunningBroker broker = await RunningBroker.StartAsync(PathOf("made"), checkpointBytes))
        {
            await MixedContent.WriteAsync(broker);
            await CopyAsync(PathOf("made"), PathOf("backup"));
            expected = await ContentListing.OfAsync(broker);
        }

        BackupFolder.Open(FileSystems.Machine, PathOf("backup")).RestoreTo(PathOf("data"), static _ => { }, CancellationToken.None);
        File.Delete(Path.Combine(PathOf("data"), DataDirectoryLock.FileName));
        string? golden = Environment.GetEnvironmentVariable("AMQPBROKER_GOLDEN") is { } path ? $"{path}-{kind}.zip" : null;
        if (golden is not null)
        {
            ZipFile.CreateFromDirectory(PathOf("data"), golden, CompressionLevel.SmallestSize, includeBaseDirectory: true);
        }

        Assert.Equal(kind == "checkpoint", Directory.GetFiles(Path.Combine(PathOf("data"), StoreFolders.Journals, "vhost-1"), "*.manifest").Length > 0);
        await using RunningBroker restored = await RunningBroker.StartAsync(PathOf("data"));
        string served = await ContentListing.OfAsync(restored);
        // Both states hold what was out to a client; only the restored one does not know whether it came through.
        Assert.Equal(WithoutRedelivered(expected), WithoutRedelivered(served));
        if (golden is not null)
        {
            using ZipArchive archive = ZipFile.Open(golden, ZipArchiveMode.Update);
            await using StreamWriter writer = new(archive.CreateEntry(Expected).Open());
            await writer.WriteAsync(served);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_former_version_wrote_is_served(string name) => await ServesAsync(name, startsBefore: 0);

    /// <summary>With checkpoints of today's version meanwhile.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_former_version_wrote_is_kept_over_restarts(string name) => await ServesAsync(name, startsBefore: 2);

    [Fact]
    public async Task Damage_is_counted_in_metrics_and_status_and_the_rest_is_served()
    {
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "Formats", "format-1.zip"), _directory);
        string segment = Path.Combine(PathOf("data"), StoreFolders.Journals, "vhost-1", "segment-0000000001.log");
        byte[] bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[bytes.AsSpan().LastIndexOf("once/key"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        string[] expected = await File.ReadAllLinesAsync(PathOf(Expected), TestContext.Current.CancellationToken);
        await using RunningBroker broker = await RunningBroker.StartAsync(PathOf("data"));
        using var client = new ControlClient(PathOf("data"));
        Assert.Equal(1, (await client.StatusAsync(CancellationToken.None)).DamagedPlaces);
        Assert.Contains("amqpbroker_store_damaged_places 1\n", await broker.GetAsync("/metrics"), StringComparison.Ordinal);
        string[] served = (await ContentListing.OfAsync(broker)).Split('\n');
        string lost = Assert.Single(expected.Except(served));
        Assert.Contains("of / from once", lost, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task ServesAsync(string name, int startsBefore)
    {
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "Formats", name + ".zip"), _directory);
        for (int i = 0; i < startsBefore; i++)
        {
            await using RunningBroker before = await RunningBroker.StartAsync(PathOf("data"));
            await MixedContent.WriteTrafficAsync(before);
        }

        await using RunningBroker broker = await RunningBroker.StartAsync(PathOf("data"));
        Assert.Equal(await File.ReadAllTextAsync(PathOf(Expected), TestContext.Current.CancellationToken), await ContentListing.OfAsync(broker));
    }

    private static string WithoutRedelivered(string listing) =>
        listing.Replace("redelivered True", "", StringComparison.Ordinal).Replace("redelivered False", "", StringComparison.Ordinal);

    private static async Task CopyAsync(string data, string folder)
    {
        using BackupTarget target = BackupTarget.Prepare(FileSystems.Machine, folder);
        using var client = new ControlClient(data);
        Assert.Contains("127.0.0.1:", Assert.Single((await client.StatusAsync(CancellationToken.None)).Listeners));
        using RemoteHold held = await client.HoldAsync(CancellationToken.None);
        foreach (JournalListing journal in held.Journals)
        {
            JournalSource source = new(
                journal.Name, Path.Combine(data, StoreFolders.Journals, journal.Name), [.. journal.Files.Select(static f => new FilePart(f.Name, f.Bytes))]);
            target.Copy(source, new CopyPace(0), static _ => { }, CancellationToken.None);
        }

        target.Complete(DateTimeOffset.UnixEpoch, "test", static _ => { }, CancellationToken.None);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
