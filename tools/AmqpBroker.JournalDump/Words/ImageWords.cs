using System.Text;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.JournalDump.Words;

/// <summary>An image of a virtual host's checkpoint in words.</summary>
internal static class ImageWords
{
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static string Of(ReadOnlySpan<byte> image)
    {
        var reader = new RecordReader(image);
        var kind = (ImageKind)reader.Byte();
        return kind switch
        {
            ImageKind.Definitions => Definitions(ref reader),
            ImageKind.Queue => Queue(ref reader),
            ImageKind.Policies => Policies(ref reader),
            ImageKind.Window => $"keys seen by exchange state {reader.Count()}, up to number {reader.Number()}",
            ImageKind.Delays => Delays(ref reader),
            ImageKind.QueuePart => $"more of queue {reader.Count()}",
            _ => Enum.IsDefined(kind) ? $"{kind} of queue {reader.Count()}" : throw new InvalidDataException($"kind {(byte)kind} is unknown"),
        };
    }

    private static string Definitions(ref RecordReader reader)
    {
        var text = new StringBuilder("definitions:");
        for (int count = reader.Count(); count > 0; count--)
        {
            text.Append("\n      exchange ").Append(DefinitionWords.Exchange(ref reader));
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            text.Append("\n      queue ").Append(DefinitionWords.Queue(ref reader));
        }

        for (int count = reader.Count(); count > 0; count--)
        {
            text.Append("\n      binding ").Append(DefinitionWords.Binding(ref reader));
        }

        return text.ToString();
    }

    private static string Policies(ref RecordReader reader)
    {
        var text = new StringBuilder("policies:");
        for (int count = reader.Count(); count > 0; count--)
        {
            text.Append("\n      ").Append(DefinitionWords.Policy(ref reader));
        }

        return text.ToString();
    }

    private static string Queue(ref RecordReader reader)
    {
        int id = reader.Count();
        long next = reader.Number();
        long delivered = reader.Number();
        int messages = 0;
        long bytes = 0;
        while (!reader.AtEnd)
        {
            reader.Number();
            reader.Number();
            reader.Count();
            reader.Flag();
            reader.Byte();
            reader.Number();
            reader.Count();
            bytes += reader.Number();
            messages++;
        }

        return $"queue {id}: {messages} messages with bodies of {bytes} bytes, next is {next}, delivered up to {delivered}";
    }

    private static string Delays(ref RecordReader reader)
    {
        int id = reader.Count();
        int messages = 0;
        while (!reader.AtEnd)
        {
            reader.Number();
            reader.Number();
            messages++;
        }

        return $"queue {id}: {messages} messages that wait for their time";
    }
}
