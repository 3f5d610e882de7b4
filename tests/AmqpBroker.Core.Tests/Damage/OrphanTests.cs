using System.Buffers;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Damage;

/// <summary>Messages whose queue nobody knows any more are counted, by the queue's number.</summary>
public sealed class OrphanTests
{
    [Fact]
    public void Messages_of_a_queue_whose_declaration_is_lost_are_told()
    {
        var host = new VirtualHost(ShortString.FromString("/"), static _ => { });
        var replay = new Replay(host);
        for (int i = 0; i < 3; i++)
        {
            replay.Record(100 + i, Published(queue: 7, sequence: i + 1));
        }

        using MemoryJournal journal = new();
        replay.Complete(journal, cleanStop: true);
        Assert.Equal("3 messages are of queue number 7, whose declaration is lost", Assert.Single(replay.Lost));
    }

    private static byte[] Published(int queue, long sequence)
    {
        var record = new ArrayBufferWriter<byte>();
        var writer = new RecordWriter(record);
        writer.Byte((byte)RecordKind.Published);
        writer.Byte(0);
        writer.Name(ShortString.FromString(""));
        writer.Name(ShortString.FromString("key"));
        writer.Bytes([]);
        writer.Number(1);
        writer.Number(queue);
        writer.Number(sequence);
        writer.Number(0);
        writer.Number(0);
        return record.WrittenSpan.ToArray();
    }
}
