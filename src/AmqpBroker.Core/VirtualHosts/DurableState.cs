using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// What the journal must give back, in one canonical form: durable exchanges, queues and bindings, policies, and the stored messages in
/// order. An unacknowledged message counts as ready; sessions, consumers and what is transient are left out. Two virtual hosts
/// with the same durable state give the same text, whatever way led there. Lane only.
/// </summary>
internal static class DurableState
{
    /// <summary>SHA-256 over <see cref="Describe(VirtualHost)"/>, in hexadecimal.</summary>
    internal static string Hash(VirtualHost host) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Describe(host))));

    /// <summary>The state as text, a line for each thing.</summary>
    internal static string Describe(VirtualHost host)
    {
        var text = new StringBuilder();
        Exchange[] exchanges = [.. host.Exchanges.Values.Where(static e => e.Durable)];
        Write(text, exchanges.Select(static e =>
            $"exchange {e.Name} {e.Type.Name} {e.AutoDelete} {e.Internal} {e.StateId} {Hex(e.Arguments.RawBytes.Span)}"));
        Write(text, exchanges.SelectMany(static e => e.Bindings).Where(static b => b.Durable).Select(static b =>
            $"binding {b.Source.Name} {b.Destination.IsExchange} {b.Destination.Name} {b.RoutingKey} {Hex(b.Arguments.RawBytes.Span)}"));
        Write(text, host.Policies.All.Select(static p =>
            $"policy {p.Kind} {p.Name} {p.Pattern.Text} {p.Target} {p.Priority:R} {Hex(p.Definition.RawBytes.Span)}"));
        foreach (MessageQueue queue in host.Holders.Where(static q => q.Durable).OrderBy(static q => q.Id))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"queue {queue.Id} {queue.Name} {queue.AutoDelete} {Hex(queue.Arguments.Table.RawBytes.Span)}");
            SortedDictionary<long, string> messages = [];
            for (QueueEntry? entry = queue.First; entry is not null; entry = entry.Newer)
            {
                if (entry.Stored)
                {
                    AddStored(messages, host.Journal, queue, entry);
                }
            }

            foreach (ColdPage page in queue.Pages)
            {
                AddCold(messages, host.Journal, queue, page);
            }

            foreach (string message in messages.Values)
            {
                text.AppendLine(message);
            }
        }

        foreach (DeduplicationExchange exchange in exchanges.OfType<DeduplicationExchange>().Where(static e => e.IsStored).OrderBy(static e => e.StateId))
        {
            DuplicateWindow window = exchange.Window;
            for (long ordinal = window.FirstOrdinal; ordinal < window.NextOrdinal; ordinal++)
            {
                if (window.TryGet(ordinal, out DuplicateWindow.Entry entry) && entry.DeadlineMs > window.LastMs)
                {
                    text.AppendLine(CultureInfo.InvariantCulture, $"seen {exchange.StateId} {ordinal} {entry.Key} {entry.DeadlineMs}");
                }
            }
        }

        return text.ToString();
    }

    private static void AddStored(SortedDictionary<long, string> messages, IJournal journal, MessageQueue queue, QueueEntry entry)
    {
        StoredEntry stored = VirtualHost.Describe(entry);
        if (entry.Message is { } message)
        {
            messages.Add(entry.Sequence, Describe(queue, stored, message));
        }
        else if (PageRead.TryLoad(journal, in stored, new ShortStringCache(), out _) is { } loaded)
        {
            messages.Add(entry.Sequence, Describe(queue, stored, loaded));
            loaded.Release();
        }
    }

    private static void AddCold(SortedDictionary<long, string> messages, IJournal journal, MessageQueue queue, ColdPage page)
    {
        var names = new ShortStringCache();
        foreach (StoredEntry stored in page.Index ?? PageRead.ReadIndex(journal, page))
        {
            if (!page.IsGone(stored.Sequence) && !stored.IsTransient)
            {
                if (PageRead.TryLoad(journal, in stored, names, out _) is not { } message)
                {
                    // Damaged: told of when it is wanted.
                    continue;
                }

                messages.Add(stored.Sequence, Describe(queue, stored, message));
                message.Release();
            }
        }
    }

    private static string Describe(MessageQueue queue, in StoredEntry stored, Message message)
    {
        bool maybeDelivered = stored.Redelivered || stored.Sequence <= queue.DeliveredUpTo;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"message {stored.Sequence} {stored.DeadlineMs} {stored.Level} {stored.DeliveryCount} {maybeDelivered} {message.Exchange} {message.RoutingKey} {Hex(message.Properties)} {BodyHash(message)}");
    }

    private static void Write(StringBuilder text, IEnumerable<string> lines)
    {
        foreach (string line in lines.Order(StringComparer.Ordinal))
        {
            text.AppendLine(line);
        }
    }

    private static string BodyHash(Message message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ContentSlice piece in message.Body)
        {
            hash.AppendData(piece.Span);
        }

        return Hex(hash.GetCurrentHash());
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
