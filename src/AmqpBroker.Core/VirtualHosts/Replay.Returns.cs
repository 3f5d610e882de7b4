using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What came back to its queue: counts, marks and delays.</summary>
internal sealed partial class Replay
{
    private void Return(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is { } queue
            && _entries[queue].TryGetValue(reader.Number(), out QueueEntry? entry))
        {
            entry.DeliveryCount++;
            entry.Redelivered = true;
            queue.RestoreReady(entry);
        }
    }

    private void Delay(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is { } queue
            && _entries[queue].TryGetValue(reader.Number(), out QueueEntry? entry))
        {
            entry.DeliveryCount++;
            entry.Redelivered = true;
            queue.RestoreDelay(entry, reader.Number());
        }
    }

    private void ReadDelays(ref RecordReader reader)
    {
        MessageQueue queue = host.FindQueue(reader.Count())
            ?? throw new InvalidDataException("The delays of a queue that the definitions do not name.");
        while (!reader.AtEnd)
        {
            long sequence = reader.Number();
            long untilMs = reader.Number();
            if (_entries[queue].TryGetValue(sequence, out QueueEntry? entry))
            {
                queue.RestoreDelay(entry, untilMs);
            }
        }
    }

    private void MarkRedelivered(long position, ref RecordReader reader)
    {
        if (FindQueue(position, ref reader) is not { } queue)
        {
            return;
        }

        long upTo = reader.Number();
        foreach (QueueEntry entry in _entries[queue].Values)
        {
            entry.Redelivered |= entry.Sequence <= upTo;
        }
    }
}
