using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>
/// What is left of old traffic does not keep its segments: it is written once more, and nobody can tell. Every tenth message
/// stays, in files with segments of 16 KiB that hold nine.
/// </summary>
public sealed class SurvivorTests : IDisposable
{
    private const long SegmentBytes = FileJournalOptions.SmallestSegmentBytes;
    private const int Messages = 400;
    private const int KeptOneIn = 10;
    private const int BodyBytes = 1000;

    /// <summary>Six spare segments, the one in use, what is kept at half density, its indexes, and what is settled of it.</summary>
    private const long MostBytes = (12 * SegmentBytes) + (2 * Messages / KeptOneIn * BodyBytes);

    private readonly string _directory = Directory.CreateTempSubdirectory("survivors").FullName;
    private FileStore _store = null!;
    private TestBroker _broker = null!;
    private TestChannel _channel = null!;

    private static string[] Kept => [.. Enumerable.Range(0, Messages).Where(static i => i % KeptOneIn == 0).Select(Text)];

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(20_000)]
    public void Ready_messages_in_memory_and_cold_ones_leave_their_segments(long memory)
    {
        Start(memory);
        Declare("kept");
        Traffic(text => _channel.Publish("kept", text, persistent: true));
        AssertRoomComesBack();
        AssertKept();
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(20_000)]
    public void Unacknowledged_messages_leave_their_segments_and_can_be_acknowledged(long memory)
    {
        Start(memory);
        Declare("kept");
        TestChannel taking = _broker.Connect().OpenChannel();
        taking.Consume("kept");
        var tags = new List<ulong>();
        Traffic(text =>
        {
            _channel.Publish("kept", text, persistent: true);
            Delivery delivery = taking.Client.ExpectDelivery();
            Assert.Equal(text, delivery.Text);
            tags.Add(delivery.Tag);
        });
        AssertRoomComesBack();
        foreach (ulong tag in tags.Take(tags.Count / 2))
        {
            taking.Ack(tag);
        }

        _broker.Sync();
        Restart();
        Assert.Equal(Kept.Skip(tags.Count / 2), _channel.Drain("kept"));
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(20_000)]
    public void What_several_queues_hold_is_written_once_more_and_ends_in_each_by_itself(long memory)
    {
        Start(memory);
        string[] queues = ["a", "b", "c", "d"];
        foreach (string queue in queues)
        {
            Declare(queue);
            Bind(queue, "amq.fanout");
        }

        Traffic(text => _channel.Publish("", text, exchange: "amq.fanout", persistent: true));
        long before = _broker.Journal.NextPosition;
        AssertRoomComesBack();

        // The bodies once, and for each queue less than half of that.
        Assert.InRange(_broker.Journal.NextPosition - before, 1, Kept.Length * BodyBytes * 3);
        Assert.Equal(Kept, _channel.Drain("a"));
        _broker.Sync();
        AssertRoomComesBack();
        Restart();
        Assert.Equal(0u, _channel.Ready("a"));
        foreach (string queue in queues[1..])
        {
            Assert.Equal(Kept, _channel.Drain(queue));
        }
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(20_000)]
    public void Dead_letters_leave_the_bodies_to_which_they_refer(long memory)
    {
        Start(memory);
        Declare("q", "x-dead-letter-exchange=S:amq.fanout");
        foreach (string queue in new[] { "kept", "twin" })
        {
            Declare(queue);
            Bind(queue, "amq.fanout");
        }

        Traffic(text =>
        {
            _channel.Publish("q", text, persistent: true);
            _channel.Reject(_channel.Take("q"), requeue: false);
        });
        AssertRoomComesBack();
        Restart();
        Assert.Equal(Kept, _channel.Drain("twin"));
        AssertKept();
    }

    [Fact]
    public void Delayed_messages_leave_their_segments_and_come_when_it_is_time()
    {
        Start(1 << 30);
        Declare("kept");
        _channel.Send(new ExchangeDeclare(
            TestChannel.Name("later"), TestChannel.Name("x-delayed-message"), false, Durable: true, false, false, NoWait: true, Fields.Table("x-delayed-type=S:fanout")));
        Bind("kept", "later");
        Traffic(text => _channel.Publish(
            "", text, exchange: "later", persistent: true, properties: static p => p.SetHeaders(Fields.Table("x-delay=I:600000"))));
        AssertRoomComesBack();
        Restart();
        Assert.Equal(0u, _channel.Ready("kept"));
        Pass(600_000);
        AssertKept();
    }

    [Fact]
    public void The_messages_of_a_history_leave_their_segments()
    {
        Start(1 << 30);
        Declare("kept");
        _channel.Send(new ExchangeDeclare(
            TestChannel.Name("recent"), TestChannel.Name("x-recent-history"), false, Durable: true, false, false, NoWait: true,
            Fields.Table("x-recent-history-length=I:1000")));
        _broker.Sync();
        Traffic(text => _channel.Publish("", text, exchange: "recent", persistent: true));
        AssertRoomComesBack();
        Restart();
        Bind("kept", "recent");
        Assert.Equal(Kept, _channel.Drain("kept"));
    }

    [Fact]
    public void Transient_messages_that_are_in_the_journal_for_want_of_memory_leave_their_segments_too()
    {
        Start(20_000);
        Declare("kept");
        Traffic(text => _channel.Publish("kept", text));
        AssertRoomComesBack();
        AssertKept();
        Restart();
        Assert.Equal(0u, _channel.Ready("kept"));
    }

    [Fact]
    public void Little_that_stays_is_left_where_it_is()
    {
        Start(1 << 30, new SpaceLimits { WorthACheckpointBytes = SegmentBytes, WorthMovingBytes = 1 << 20 });
        Declare("kept");
        Traffic(text => _channel.Publish("kept", text, persistent: true));
        long before = _broker.Journal.NextPosition;
        Pass(200_000);
        Assert.Equal(before, _broker.Journal.NextPosition);
    }

    private static string Text(int number) => $"m{number:000000}".PadRight(BodyBytes, '.');

    private void Start(long memory, SpaceLimits? space = null)
    {
        _store = new FileStore(_directory, new Replay(new VirtualHost(TestChannel.Name("/"), static _ => { })));
        var limits = new VirtualHostLimits
        {
            ReadyMessageBytes = memory,
            Space = space ?? new SpaceLimits { WorthACheckpointBytes = 2 * SegmentBytes, WorthMovingBytes = 2 * SegmentBytes, MoveStepBytes = 3 * BodyBytes },
        };
        _broker = new TestBroker(_store, new ManualClock(), limits, checkpointBytes: 1 << 30);
        _channel = _broker.Connect().OpenChannel();
        Declare("traffic");
    }

    private void Restart()
    {
        _broker.Sync();
        TestBroker before = _broker;
        _broker = before.Restart();
        before.Dispose();
        Assert.Empty(_broker.Lost);
        _store = (FileStore)_broker.Store;
        _channel = _broker.Connect().OpenChannel();
    }

    private void Declare(string name, string arguments = "")
    {
        _channel.Send(new QueueDeclare(TestChannel.Name(name), false, Durable: true, false, false, NoWait: true, Fields.Table(arguments)));
        _broker.Sync();
    }

    private void Bind(string queue, string exchange)
    {
        _channel.Send(new QueueBind(TestChannel.Name(queue), TestChannel.Name(exchange), TestChannel.Name(""), NoWait: true, FieldTable.Empty));
        _broker.Sync();
    }

    /// <summary>Many messages, of which every tenth is kept and the others are consumed.</summary>
    private void Traffic(Action<string> keep)
    {
        for (int i = 0; i < Messages; i++)
        {
            if (i % KeptOneIn == 0)
            {
                keep(Text(i));
            }
            else
            {
                _channel.Publish("traffic", Text(i), persistent: true);
                _channel.Get("traffic", noAck: true);
            }

            _broker.Sync();
        }

        Assert.True(_store.DiskBytes > 2 * MostBytes);
    }

    private void AssertRoomComesBack()
    {
        Pass(60_000);
        Assert.Empty(_broker.Faults);
        Assert.InRange(_store.DiskBytes, SegmentBytes, MostBytes);
    }

    private void AssertKept()
    {
        Assert.Equal(Kept, _channel.Drain("kept"));
    }

    private void Pass(long milliseconds)
    {
        for (long passed = 0; passed < milliseconds; passed += 500)
        {
            _broker.Sync();
            _broker.Advance(500);
        }

        _broker.Sync();
    }
}
