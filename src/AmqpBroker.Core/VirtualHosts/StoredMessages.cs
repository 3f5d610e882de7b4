using System.Buffers;
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

        internal int BodyLength { get; init; }
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

    /// <summary>Where the body of a stored message is if not in its own record, else <see cref="Message.NotStored"/>. May block on the disk.</summary>
    internal static long BodyElsewhere(IJournal journal, long position, int length)
    {
        byte[] record = new byte[length];
        journal.ReadAt(position, record);
        var reader = new RecordReader(record);
        return ReadUpToBody(ref reader, position).ByReference ? reader.Int64() : Message.NotStored;
    }

    /// <summary>Brings a stored message into memory. May block on the disk.</summary>
    internal static void Load(Message message, IJournal journal, ShortStringCache names)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(message.StoredLength);
        byte[]? rentedBody = null;
        try
        {
            Span<byte> record = rented.AsSpan(0, message.StoredLength);
            journal.ReadAt(message.StoredAt, record);
            var reader = new RecordReader(record, names);
            Header header = ReadUpToBody(ref reader, message.StoredAt);
            message.OwnsBody = !header.ByReference;
            ReadOnlySpan<byte> body;
            if (header.ByReference)
            {
                message.BodyAt = reader.Int64();
                rentedBody = ArrayPool<byte>.Shared.Rent(header.BodyLength);
                Span<byte> read = rentedBody.AsSpan(0, header.BodyLength);
                journal.ReadAt(message.BodyAt, read);
                body = read;
            }
            else
            {
                message.BodyAt = message.StoredAt + reader.Offset;
                body = reader.Take(header.BodyLength);
            }

            message.Load(header.Exchange, header.RoutingKey, header.Properties, body);
            message.AddHiddenKeys(header.HiddenKeys);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
            if (rentedBody is not null)
            {
                ArrayPool<byte>.Shared.Return(rentedBody);
            }
        }
    }

    private static Header ReadUpToBody(scoped ref RecordReader reader, long position)
    {
        var kind = (RecordKind)reader.Byte();
        if (kind != RecordKind.Published)
        {
            throw new InvalidDataException($"The record at {position} holds no message but kind {kind}.");
        }

        Header header = ReadHeader(ref reader);
        for (int count = reader.Count(); count > 0; count--)
        {
            reader.Number();
            reader.Number();
            reader.Number();
        }

        return new Header
        {
            ByReference = header.ByReference,
            Exchange = header.Exchange,
            RoutingKey = header.RoutingKey,
            Properties = header.Properties,
            HiddenKeys = header.HiddenKeys,
            BodyLength = reader.Count(),
        };
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
