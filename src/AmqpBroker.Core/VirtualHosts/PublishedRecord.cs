using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What a record of a message says of the queues it went to.</summary>
internal readonly struct PublishedRecord
{
    private readonly long _position;
    private readonly int _length;
    private readonly byte? _priority;
    private readonly long _bodyLength;
    private readonly long _bodyElsewhere;

    private PublishedRecord(long position, int length, byte? priority, long bodyLength, long bodyElsewhere, List<(int QueueId, long Sequence, long Deadline)> targets)
    {
        _position = position;
        _length = length;
        _priority = priority;
        _bodyLength = bodyLength;
        _bodyElsewhere = bodyElsewhere;
        Targets = targets;
    }

    /// <summary>The queues by number, the message's place in each, and when it expires there (0: never).</summary>
    internal List<(int QueueId, long Sequence, long Deadline)> Targets { get; }

    /// <summary>Reads what follows the kind of record.</summary>
    /// <exception cref="InvalidDataException">It is no such record.</exception>
    internal static PublishedRecord Read(ref RecordReader reader, long position, int length)
    {
        StoredMessages.Header header = StoredMessages.ReadHeader(ref reader);
        var targets = new List<(int, long, long)>();
        for (int count = reader.Count(); count > 0; count--)
        {
            targets.Add((reader.Count(), reader.Number(), reader.Number()));
        }

        long bodyLength = reader.Number();
        long bodyAt = header.ByReference ? reader.Int64() : Message.NotStored;

        // An empty body keeps nothing alive: what it refers to may be gone.
        long bodyElsewhere = bodyLength > 0 ? bodyAt : Message.NotStored;
        byte? priority = header.Properties.IsEmpty ? null : Message.PriorityOf(BasicProperties.Scan(header.Properties));
        return new PublishedRecord(position, length, priority, bodyLength, bodyElsewhere, targets);
    }

    /// <summary>The message's entry in one of the queues.</summary>
    internal StoredEntry EntryIn(MessageQueue queue, long sequence, long deadline) => new()
    {
        Sequence = sequence,
        DeadlineMs = deadline == 0 ? QueueEntry.Never : deadline,
        Level = queue.LevelOf(_priority),
        StoredAt = _position,
        StoredLength = _length,
        BodyLength = _bodyLength,
        BodyElsewhere = _bodyElsewhere,
    };
}
