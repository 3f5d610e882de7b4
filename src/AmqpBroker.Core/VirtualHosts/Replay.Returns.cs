using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What came back to its queue: counts, marks and delays.</summary>
internal sealed partial class Replay
{
    private void Return(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is { } queue)
        {
            long sequence = reader.Number();
            _restored[queue].Return(sequence, CountIn(ref reader));
        }
    }

    /// <summary>How often it has come back; null where that was not written yet: once more.</summary>
    private static int? CountIn(ref RecordReader reader) => reader.AtEnd ? null : reader.Count();

    private void Delay(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is { } queue)
        {
            long sequence = reader.Number();
            long untilMs = reader.Number();
            _restored[queue].Return(sequence, CountIn(ref reader));
            _restored[queue].Delay(sequence, untilMs);
        }
    }

    private void ReadDelays(ref RecordReader reader)
    {
        MessageQueue queue = host.FindQueue(reader.Count())
            ?? throw new InvalidDataException("The delays of a queue that the definitions do not name.");
        while (!reader.AtEnd)
        {
            _restored[queue].Delay(reader.Number(), reader.Number());
        }
    }

    private void MarkRedelivered(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is { } queue)
        {
            queue.MaybeDeliveredUpTo = Math.Max(queue.MaybeDeliveredUpTo, reader.Number());
        }
    }
}
