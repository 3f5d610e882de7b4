using System.Globalization;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>What is not needed any more comes back to the disk by itself, in files with segments of 16 KiB.</summary>
public sealed class SpaceTests : IDisposable
{
    private const long SegmentBytes = FileJournalOptions.SmallestSegmentBytes;
    private const int Messages = 400;

    /// <summary>Six spare segments, the one in use, and the one before it.</summary>
    private const long FixedBytes = 8 * SegmentBytes;

    private readonly string _directory = Directory.CreateTempSubdirectory("space").FullName;
    private readonly FileStore _store;
    private readonly TestBroker _broker;
    private readonly TestChannel _channel;

    public SpaceTests()
    {
        _store = new FileStore(_directory, new Replay(new VirtualHost(TestChannel.Name("/"), static _ => { })));
        var limits = new VirtualHostLimits
        {
            ReadyMessageBytes = 20_000,
            Space = new SpaceLimits { WorthACheckpointBytes = 2 * SegmentBytes },
        };
        _broker = new TestBroker(_store, new ManualClock(), limits, checkpointBytes: 1 << 30);
        _channel = _broker.Connect().OpenChannel();
        Declare("q");
    }

    /// <summary>The checkpoints since the start.</summary>
    private long Checkpoints => Directory.GetFiles(_directory, "checkpoint-*.manifest")
        .Select(static f => long.Parse(Path.GetFileNameWithoutExtension(f).AsSpan("checkpoint-".Length), CultureInfo.InvariantCulture))
        .DefaultIfEmpty(0).Max();

    [Fact]
    public void Room_comes_back_after_a_purge_without_further_traffic()
    {
        Fill();
        _channel.PurgeOnSync("q", _broker);
        Pass(5000);
        Assert.InRange(_store.DiskBytes, SegmentBytes, FixedBytes);
    }

    [Fact]
    public void Room_comes_back_after_a_delete_without_further_traffic()
    {
        Fill();
        _channel.DeleteQueueOnSync("q", _broker);
        Pass(5000);
        Assert.InRange(_store.DiskBytes, SegmentBytes, FixedBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Room_comes_back_after_a_drain_also_where_a_checkpoint_knew_the_pages(bool checkpointBefore)
    {
        Fill();
        if (checkpointBefore)
        {
            _broker.Runtime.MakeRoom();
            Pass(5000);
        }

        _channel.Qos(50);
        _channel.Consume("q");
        for (int i = 0; i < Messages; i++)
        {
            _channel.Ack(_channel.Client.ExpectDelivery().Tag);
        }

        Pass(5000);
        Assert.InRange(_store.DiskBytes, SegmentBytes, FixedBytes);
    }

    [Fact]
    public void Room_comes_back_after_expiry_without_further_traffic()
    {
        Declare("short", "x-message-ttl=I:60000");
        Fill("short");
        Pass(70_000);
        Assert.InRange(_store.DiskBytes, SegmentBytes, FixedBytes);
    }

    [Fact]
    public void No_checkpoint_is_written_for_little_nor_again_and_again()
    {
        Fill();
        Pass(10_000);
        Assert.Equal(0, Checkpoints);
        for (int i = 0; i < 10; i++)
        {
            _channel.Get("q", noAck: true);
        }

        Pass(10_000);
        Assert.Equal(0, Checkpoints);
        _channel.PurgeOnSync("q", _broker);
        Pass(60_000);
        long after = Checkpoints;
        Assert.InRange(after, 1, 2);
        Pass(60_000);
        Assert.Equal(after, Checkpoints);
    }

    [Fact]
    public void Where_the_disk_is_nearly_full_one_segment_is_worth_a_checkpoint()
    {
        Fill();
        for (int i = 0; i < 12; i++)
        {
            _channel.Get("q", noAck: true);
        }

        Pass(5000);
        Assert.Equal(0, Checkpoints);
        long before = _store.DiskBytes;
        _broker.Runtime.MakeRoom();
        Pass(5000);
        Assert.Equal(1, Checkpoints);

        // It becomes a spare one, which publishers use instead of a new one.
        Fill(count: 10);
        Assert.InRange(_store.DiskBytes, before - SegmentBytes, before);
    }

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Declare(string name, string arguments = "")
    {
        _channel.Send(new QueueDeclare(TestChannel.Name(name), false, Durable: true, false, false, NoWait: true, Fields.Table(arguments)));
        _broker.Sync();
    }

    private void Fill(string queue = "q", int count = Messages)
    {
        for (int i = 0; i < count; i++)
        {
            _channel.Publish(queue, new string('b', 1000), persistent: true);
            _broker.Sync();
        }
    }

    private void Pass(long milliseconds)
    {
        for (long passed = 0; passed < milliseconds; passed += 500)
        {
            _broker.Sync();
            _broker.Advance(500);
            _broker.Sync();
        }
    }
}
