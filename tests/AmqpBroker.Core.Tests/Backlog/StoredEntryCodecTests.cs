using System.Buffers;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Backlog;

public sealed class StoredEntryCodecTests
{
    private static readonly Gen<StoredEntry> s_entry =
        Gen.Select(Gen.Long[1, long.MaxValue / 4], Gen.OneOf(Gen.Const(QueueEntry.Never), Gen.Long[1, long.MaxValue / 4]), Gen.Long[0, long.MaxValue / 4], Gen.OneOf(Gen.Const(Message.NotStored), Gen.Long[0, long.MaxValue / 4]), Gen.Int[1, int.MaxValue], Gen.Long[0, int.MaxValue], Gen.Int[0, 1000], Gen.Byte)
            .SelectMany(t => Gen.Select(Gen.Bool, Gen.Bool).Select(f => new StoredEntry
            {
                Sequence = t.Item1,
                DeadlineMs = t.Item2,
                StoredAt = t.Item3,
                BodyElsewhere = t.Item4,
                StoredLength = t.Item5,
                BodyLength = t.Item6,
                DeliveryCount = t.Item7,
                Level = t.Item8,
                Redelivered = f.Item1,
                IsTransient = f.Item2,
            }));

    [Fact]
    public void Entries_written_after_each_other_are_read_as_they_were() =>
        s_entry.Array[1, 20].Sample(entries =>
        {
            var bytes = new ArrayBufferWriter<byte>();
            PageRecord.Write(Kinded(bytes), queueId: 7, level: 3, entries);
            var reader = new RecordReader(bytes.WrittenSpan);
            Assert.Equal(entries, PageRecord.Read(ref reader));
        });

    [Fact]
    public void A_message_that_follows_its_predecessor_takes_few_bytes()
    {
        StoredEntry[] entries = [.. Enumerable.Range(0, ColdPage.MaxEntries).Select(i => new StoredEntry
        {
            Sequence = 1000 + i,
            DeadlineMs = QueueEntry.Never,
            StoredAt = 1_000_000 + (i * 1104L),
            StoredLength = 1100,
            BodyLength = 1024,
            BodyElsewhere = Message.NotStored,
        })];
        var bytes = new ArrayBufferWriter<byte>();
        PageRecord.Write(Kinded(bytes), queueId: 7, level: 0, entries);
        Assert.InRange(bytes.WrittenCount, 0, ColdPage.MaxEntries * 4);
    }

    private static RecordWriter Kinded(ArrayBufferWriter<byte> bytes)
    {
        var writer = new RecordWriter(bytes);
        writer.Byte((byte)RecordKind.Paged);
        return writer;
    }
}
