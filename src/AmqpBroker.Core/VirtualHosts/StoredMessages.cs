using AmqpBroker.Core.Messages;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Reads messages back from their journal records, as <see cref="OutcomeLog.Published"/> writes them.</summary>
internal static class StoredMessages
{
    /// <summary>What stands before the queues in a record.</summary>
    internal readonly ref struct Header
    {
        internal bool ByReference { get; init; }

        internal ShortString Exchange { get; init; }

        internal ShortString RoutingKey { get; init; }

        internal ReadOnlySpan<byte> Properties { get; init; }

        /// <summary>Routing keys from BCC, which the properties do not tell any more.</summary>
        internal ShortString[] HiddenKeys { get; init; }
    }

    /// <summary>What the first byte of a record says of what follows.</summary>
    [Flags]
    internal enum Parts : byte
    {
        /// <summary>The position of the body instead of the body.</summary>
        BodyByReference = 1,

        /// <summary>Routing keys from BCC, behind the properties.</summary>
        HiddenKeys = 2,
    }

    internal static Header ReadHeader(scoped ref RecordReader reader)
    {
        var parts = (Parts)reader.Byte();
        return new Header
        {
            ByReference = parts.HasFlag(Parts.BodyByReference),
            Exchange = reader.Name(),
            RoutingKey = reader.Name(),
            Properties = reader.Bytes(),
            HiddenKeys = parts.HasFlag(Parts.HiddenKeys) ? ReadNames(ref reader) : [],
        };
    }

    /// <summary>
    /// The message of a record whose header and queues are read already. A body by reference is not in memory yet.
    /// The caller owns a reference.
    /// </summary>
    internal static Message Read(long position, int length, Header header, scoped ref RecordReader reader)
    {
        long bodyLength = reader.Number();
        Message message = Message.RentStored(position, length, bodyLength, Message.PriorityOf(BasicProperties.Scan(header.Properties)));
        message.OwnsBody = !header.ByReference;
        if (header.ByReference)
        {
            message.BodyAt = reader.Int64();
        }
        else
        {
            message.BodyAt = position + reader.Offset;
            message.Load(header.Exchange, header.RoutingKey, header.Properties, reader.Take((int)bodyLength));
            message.AddHiddenKeys(header.HiddenKeys);
        }

        return message;
    }

    /// <summary>Brings a stored message into memory. May block on the disk.</summary>
    internal static void Load(Message message, IJournal journal, ShortStringCache names)
    {
        byte[] record = new byte[message.StoredLength];
        journal.ReadAt(message.StoredAt, record);
        var reader = new RecordReader(record, names);
        var kind = (RecordKind)reader.Byte();
        if (kind != RecordKind.Published)
        {
            throw new InvalidDataException($"The record at {message.StoredAt} holds no message but kind {kind}.");
        }

        Header header = ReadHeader(ref reader);
        for (int count = reader.Count(); count > 0; count--)
        {
            reader.Number();
            reader.Number();
            reader.Number();
        }

        int bodyLength = reader.Count();
        message.OwnsBody = !header.ByReference;
        if (header.ByReference)
        {
            message.BodyAt = reader.Int64();
            byte[] body = new byte[bodyLength];
            journal.ReadAt(message.BodyAt, body);
            message.Load(header.Exchange, header.RoutingKey, header.Properties, body);
        }
        else
        {
            message.BodyAt = message.StoredAt + reader.Offset;
            message.Load(header.Exchange, header.RoutingKey, header.Properties, reader.Take(bodyLength));
        }

        message.AddHiddenKeys(header.HiddenKeys);
    }

    private static ShortString[] ReadNames(scoped ref RecordReader reader)
    {
        var names = new ShortString[reader.Count()];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = reader.Name();
        }

        return names;
    }
}
