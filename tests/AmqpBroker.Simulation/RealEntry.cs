using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>A message in one of the broker's queues, whether it is in memory or in the journal alone.</summary>
internal sealed record RealEntry(long Sequence, int Id, long BodyLength, string Headers)
{
    internal bool IsLetter => Headers.Contains("x-first-death", StringComparison.Ordinal);

    internal bool Ready { get; init; } = true;

    internal int Returns { get; init; }

    internal long DeadlineMs { get; init; }

    internal byte Level { get; init; }

    internal bool Stored { get; init; } = true;

    internal bool Redelivered { get; init; }

    /// <summary>All messages of a queue, oldest first.</summary>
    internal static RealEntry[] AllOf(MessageQueue queue)
    {
        var entries = new List<RealEntry>();
        for (QueueEntry? entry = queue.First; entry is not null; entry = entry.Newer)
        {
            Message loaded = entry.Message ?? Load(queue, VirtualHost.Describe(entry));
            entries.Add(Of(entry.Sequence, loaded) with
            {
                Ready = entry.State == EntryState.Ready,
                Returns = entry.DeliveryCount,
                DeadlineMs = entry.DeadlineMs,
                Level = entry.Level,
                Stored = entry.Stored,
                Redelivered = entry.Redelivered,
            });
            if (entry.Message is null)
            {
                loaded.Release();
            }
        }

        foreach (ColdPage page in queue.Pages)
        {
            foreach (StoredEntry stored in page.Index ?? PageRead.ReadIndex(queue.Host.Journal, page))
            {
                if (!page.IsGone(stored.Sequence))
                {
                    Message message = Load(queue, in stored);
                    entries.Add(Of(stored.Sequence, message) with
                    {
                        Returns = stored.DeliveryCount,
                        DeadlineMs = stored.DeadlineMs,
                        Level = stored.Level,
                        Stored = !stored.IsTransient,
                        Redelivered = stored.Redelivered || stored.Sequence <= queue.MaybeDeliveredUpTo,
                    });
                    message.Release();
                }
            }
        }

        return [.. entries.OrderBy(static e => e.Sequence)];
    }

    private static Message Load(MessageQueue queue, in StoredEntry stored) =>
        PageRead.TryLoad(queue.Host.Journal, in stored, new ShortStringCache(), out Exception? damage)
        ?? throw new ViolationException($"A message of queue {queue.Name} cannot be read: {damage}");

    private static RealEntry Of(long sequence, Message message) =>
        new(sequence, Frame.IdOf(message), message.BodyLength, HeaderText.Of(message.Headers));
}
