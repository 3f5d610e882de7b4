using System.Text;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.JournalDump.Words;

/// <summary>A record of a virtual host's journal in words, by the code that reads it at a start.</summary>
internal static class RecordWords
{
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static string Of(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record);
        var kind = (RecordKind)reader.Byte();
        return kind switch
        {
            RecordKind.ExchangeDeclared => "exchange declared: " + DefinitionWords.Exchange(ref reader),
            RecordKind.ExchangeDeleted => $"exchange deleted: '{reader.Name()}'",
            RecordKind.QueueDeclared => "queue declared: " + DefinitionWords.Queue(ref reader),
            RecordKind.QueueDeleted => $"queue deleted: number {reader.Count()}",
            RecordKind.Bound => "bound: " + DefinitionWords.Binding(ref reader),
            RecordKind.Unbound => "unbound: " + DefinitionWords.Binding(ref reader),
            RecordKind.Published => Published(ref reader),
            RecordKind.Settled => Settled(ref reader),
            RecordKind.Purged => $"purged: queue {reader.Count()} up to message {reader.Number()}, {reader.Count()} kept",
            RecordKind.Returned => $"came back: message {Message(ref reader)}",
            RecordKind.Delivered => $"delivered: queue {reader.Count()} up to message {reader.Number()}",
            RecordKind.PolicyPut => "policy: " + DefinitionWords.Policy(ref reader),
            RecordKind.PolicyDeleted => PolicyDeleted(ref reader),
            RecordKind.KeySeen => $"key seen: exchange state {reader.Count()}, number {reader.Number()}",
            RecordKind.MarkedRedelivered => $"marked as redelivered: queue {reader.Count()} up to message {reader.Number()}",
            RecordKind.Delayed => $"came back and waits: message {Message(ref reader)} until {Time(reader.Number())}",
            RecordKind.Moved => Moved(ref reader),
            _ => Enum.IsDefined(kind) ? $"{kind}" : throw new InvalidDataException($"kind {(byte)kind} is unknown"),
        };
    }

    /// <summary>Milliseconds since 1970 as a time.</summary>
    public static string Time(long ms) =>
        ms is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") : $"{ms} ms";

    private static string Message(ref RecordReader reader)
    {
        int queue = reader.Count();
        return $"{reader.Number()} of queue {queue}";
    }

    private static string PolicyDeleted(ref RecordReader reader)
    {
        (Core.Policies.PolicyKind kind, string name) = PolicyRecords.ReadKey(ref reader);
        return $"policy deleted: {kind} '{name}'";
    }

    private static string Published(ref RecordReader reader)
    {
        StoredMessages.Header header = StoredMessages.ReadHeader(ref reader);
        var text = new StringBuilder($"published to '{header.Exchange}' with key '{header.RoutingKey}'");
        if (header.HiddenKeys.Length > 0)
        {
            text.Append($" and hidden keys {string.Join(", ", header.HiddenKeys.Select(static k => $"'{k}'"))}");
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            int queue = reader.Count();
            long sequence = reader.Number();
            long deadline = reader.Number();
            text.Append($", message {sequence} of queue {queue}{(deadline == 0 ? "" : $" until {Time(deadline)}")}");
        }

        long bodyLength = reader.Number();
        text.Append(header.ByReference ? $", body of {bodyLength} bytes at {reader.Int64()}" : $", body of {bodyLength} bytes: {Shown.Text(reader.Take((int)bodyLength))}");
        return text.ToString();
    }

    private static string Moved(ref RecordReader reader)
    {
        var text = new StringBuilder($"moved: queue {reader.Count()}, messages");
        foreach (Core.Backlog.StoredEntry moved in MovedRecord.Read(ref reader))
        {
            text.Append($" {moved.Sequence} to {moved.StoredAt}");
        }

        return text.ToString();
    }

    private static string Settled(ref RecordReader reader)
    {
        var text = new StringBuilder($"ended: queue {reader.Count()}, messages");
        for (int count = reader.Count(); count > 0; count--)
        {
            long first = reader.Number();
            long more = reader.Number();
            text.Append(more == 0 ? $" {first}" : $" {first}-{first + more}");
        }

        return text.ToString();
    }
}
