using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Simulation;

/// <summary>The queues hold what the model's do, and the journal gives back what the virtual host holds.</summary>
internal sealed partial class SimulatedRun
{
    private void CompareQueues()
    {
        if (_broker.Host.Queues.Count != _model.Queues.Count)
        {
            throw new ViolationException(
                $"There are the queues {string.Join(' ', _broker.Host.Queues.Keys)} and should be {string.Join(' ', _model.Queues.Keys)}.");
        }

        foreach (ModelQueue queue in _model.Queues.Values)
        {
            MessageQueue real = _broker.Host.FindQueue(Text.Name(queue.Name))
                ?? throw new ViolationException($"Queue {queue.Name} is not there.");
            if (queue.Spec.IsGrave)
            {
                AgreeOnOrder(queue, real);
            }

            if (!IsSame(queue, real))
            {
                throw new ViolationException(
                    $"Queue {queue.Name} holds [{string.Join(' ', RealEntries(real).Select(e => Describe(e)))}] and should hold [{string.Join(' ', queue.Entries.Select(e => Describe(queue, e)))}] at {Now % 1_000_000}; the last has {queue.Entries.LastOrDefault()?.Message.Headers(null)}.");
            }

            int ready = queue.ReadyCount;
            if (real.ReadyCount != ready || real.ReadyBytes != queue.ReadyBytes || real.UnackedCount != queue.Entries.Count - ready)
            {
                throw new ViolationException(
                    $"Queue {queue.Name} counts {real.ReadyCount} ready, {real.ReadyBytes} bytes, {real.UnackedCount} unacknowledged.");
            }
        }
    }

    private static bool IsSame(ModelQueue queue, MessageQueue real)
    {
        QueueEntry? entry = real.Oldest;
        foreach (ModelEntry expected in queue.Entries)
        {
            if (entry is null
                || Frame.IdOf(entry.Message) != expected.Message.Id
                || entry.Message.BodyLength != expected.Message.Length
                || (entry.State == EntryState.Ready) != expected.Ready
                || entry.DeliveryCount != expected.Returns
                || entry.DeadlineMs != expected.Deadline
                || entry.Level != queue.LevelOf(expected)
                || entry.Stored != expected.Stored
                || entry.Redelivered != expected.Redelivered)
            {
                return false;
            }

            entry = entry.Newer;
        }

        return entry is null;
    }

    /// <summary>Letters that several queues let go in one command may come in any order among each other.</summary>
    private static void AgreeOnOrder(ModelQueue queue, MessageQueue real)
    {
        QueueEntry[] there = [.. RealEntries(real)];
        for (int i = 0; i < there.Length && i < queue.Entries.Count; i++)
        {
            int at = queue.Entries.FindIndex(i, e => e.Message.Id == Frame.IdOf(there[i].Message)
                && e.Message.Headers(null) == HeaderText.Of(there[i].Message.Headers));
            if (at > i)
            {
                ModelEntry entry = queue.Entries[at];
                queue.Entries.RemoveAt(at);
                queue.Entries.Insert(i, entry);
            }
        }

        long[] orders = [.. queue.Entries.Select(e => e.Order).Order()];
        for (int i = 0; i < orders.Length; i++)
        {
            queue.Entries[i].Order = orders[i];
        }
    }

    private static IEnumerable<QueueEntry> RealEntries(MessageQueue queue)
    {
        for (QueueEntry? entry = queue.Oldest; entry is not null; entry = entry.Newer)
        {
            yield return entry;
        }
    }

    private static string Describe(QueueEntry entry) => Describe(
        Frame.IdOf(entry.Message), entry.State == EntryState.Ready, entry.DeliveryCount, entry.Redelivered, entry.Level, entry.DeadlineMs, entry.Stored);

    private static string Describe(ModelQueue queue, ModelEntry entry) => Describe(
        entry.Message.Id, entry.Ready, entry.Returns, entry.Redelivered, queue.LevelOf(entry), entry.Deadline, entry.Stored);

    private static string Describe(int id, bool ready, int returns, bool redelivered, int level, long deadline, bool stored) =>
        $"{id}{(ready ? "" : " out")}{(returns > 0 ? $" back:{returns}" : "")}{(redelivered ? " again" : "")}{(level > 0 ? $" level:{level}" : "")}"
        + $"{(deadline == ModelEntry.Never ? "" : $" until:{deadline % 1_000_000}")}{(stored ? "" : " volatile")};";

    /// <summary>A second core fed with the journal has the same durable state.</summary>
    private void CompareStores()
    {
        Sync();
        if (DurableState.Hash(_broker.Host) != _broker.HashOfSecondCore())
        {
            throw new ViolationException("A second core fed with the journal has another durable state.");
        }
    }

    /// <summary>Without queues nothing lives in the journal: after the next checkpoints it holds what came since, and no more.</summary>
    private void CheckEverythingIsReleased()
    {
        const int Rounds = 10;
        for (int i = 0; i < Clients; i++)
        {
            CloseClient(i, Core.Sessions.SessionEnd.PeerGone);
            EndStep();
        }

        ModelChannel channel = OpenChannel(0, ChannelMode.Plain);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (ModelQueue queue in _model.Queues.Values.ToArray())
            {
                DeleteQueue(channel, queue);
            }

            Sync();
            DeclareMissing(channel);
            Sync();
        }

        if (_broker.Journal is MemoryJournal journal && journal.RetainedBytes > journal.BytesSinceCheckpoint)
        {
            throw new ViolationException($"The journal keeps {journal.RetainedBytes} bytes, and {journal.BytesSinceCheckpoint} came since the last checkpoint.");
        }
    }
}
