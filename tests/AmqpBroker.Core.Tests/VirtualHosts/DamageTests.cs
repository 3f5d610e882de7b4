using System.Buffers;
using System.Text;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>No record and no message keeps a virtual host from starting: what is whole is served, the rest is told.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-damage-").FullName;
    private readonly FileStore _store;
    private readonly TestBroker _broker;
    private readonly TestChannel _channel;

    public DamageTests()
    {
        _store = new FileStore(Path.Combine(_directory, "vhost"), new Replay(new VirtualHost(ShortString.FromString("/"), static _ => { })));
        _broker = new TestBroker(_store, new ManualClock());
        _channel = _broker.Connect().OpenChannel();
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), false, true, false, false, NoWait: true, FieldTable.Empty));
        _broker.Sync();
    }

    [Fact]
    public void A_record_that_cannot_be_understood_is_put_aside_and_the_others_are_served()
    {
        _channel.Publish("q", "before", persistent: true);
        JournalBatch batch = _broker.Journal.Begin();
        batch.BeginRecord();
        batch.Write([(byte)RecordKind.Published, 0, 200]);
        batch.EndRecord();
        _broker.Journal.Append(batch);
        _channel.Publish("q", "after", persistent: true);
        _broker.Sync();

        using TestBroker again = _broker.Restart();
        Assert.Equal(["before", "after"], again.Connect().OpenChannel().Drain("q"));
        QuarantinedRange aside = Assert.Single(((FileStore)again.Store).Recovery.Quarantined);
        Assert.Equal(3, aside.Length);
    }

    [Fact]
    public void A_message_whose_record_is_damaged_is_told_and_the_others_are_served()
    {
        FillAndCheckpoint();
        _store.Damage = () =>
        {
            (string path, byte[] bytes, int at) = Find("m5 ");
            bytes.AsSpan(at - 20, 20).Fill(0xFF);
            File.WriteAllBytes(path, bytes);
        };

        using TestBroker again = _broker.Restart();
        Assert.Empty(again.Lost);
        Assert.Equal(Numbers(0, 100).Where(static n => n != "m5"), Served(again));
        Assert.Contains("1 messages of queue 'q'", Assert.Single(again.Warnings));
    }

    [Fact]
    public void A_segment_that_is_gone_takes_its_messages_along_and_no_others()
    {
        FillAndCheckpoint();
        _store.Damage = () => File.Delete(Find("m5 ").Path);

        using TestBroker again = _broker.Restart();
        string[] served = Served(again);
        Assert.InRange(served.Length, 80, 98);
        Assert.StartsWith($"{100 - served.Length} messages of queue 'q'", Assert.Single(again.Lost));
        Assert.DoesNotContain("m5", served);
        Assert.Contains("m99", served);
    }

    [Fact]
    public void A_queue_declared_again_is_the_new_one_though_the_record_of_its_deletion_is_lost()
    {
        var host = new VirtualHost(ShortString.FromString("/"), static _ => { });
        var replay = new Replay(host);
        replay.Record(100, Declaration(1));
        replay.Record(200, Declaration(2));
        Assert.Equal(2, host.FindQueue(ShortString.FromString("q"))!.Id);
        Assert.Null(host.FindQueue(1));
    }

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static byte[] Declaration(int id)
    {
        var record = new ArrayBufferWriter<byte>();
        var writer = new RecordWriter(record);
        writer.Byte((byte)RecordKind.QueueDeclared);
        writer.Number(id);
        writer.Name(ShortString.FromString("q"));
        writer.Flag(false);
        writer.Table(FieldTable.Empty);
        return record.WrittenSpan.ToArray();
    }

    private static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(static i => $"m{i}");

    private static string[] Served(TestBroker broker) =>
        [.. broker.Connect().OpenChannel().Drain("q").Select(static text => text[..text.IndexOf(' ', StringComparison.Ordinal)])];

    /// <summary>A hundred messages of a kilobyte, and a checkpoint behind which the first of them lie.</summary>
    private void FillAndCheckpoint()
    {
        for (int i = 0; i < 100; i++)
        {
            _channel.Publish("q", $"m{i} {new string('b', 1000)}", persistent: true);
            _broker.Sync();
        }
    }

    private (string Path, byte[] Bytes, int At) Find(string text)
    {
        foreach (string path in Directory.GetFiles(_store.Directory))
        {
            byte[] bytes = File.ReadAllBytes(path);
            int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
            if (at >= 0)
            {
                return (path, bytes, at);
            }
        }

        throw new InvalidOperationException($"No file holds '{text}'.");
    }
}
