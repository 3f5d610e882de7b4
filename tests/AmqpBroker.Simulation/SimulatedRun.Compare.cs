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
            if (queue.Spec.IsGrave || _script.Budget is not null)
            {
                AgreeOnOrder(queue, real);
            }

            RealEntry[] there = RealEntry.AllOf(real);
            if (!IsSame(queue, there))
            {
                throw new ViolationException(
                    $"Queue {queue.Name} holds [{string.Join(' ', there.Select(e => Describe(e)))}] and should hold [{string.Join(' ', queue.Entries.Select(e => Describe(queue, e)))}] at {Now % 1_000_000}; the last has {queue.Entries.LastOrDefault()?.Message.Headers(null)}.");
            }

            int ready = queue.ReadyCount;
            if (real.ReadyCount != ready || real.ReadyBytes != queue.ReadyBytes || real.UnackedCount != queue.Entries.Count - ready)
            {
                throw new ViolationException(
                    $"Queue {queue.Name} counts {real.ReadyCount} ready, {real.ReadyBytes} bytes, {real.UnackedCount} unacknowledged.");
            }
        }
    }

    private static bool IsSame(ModelQueue queue, RealEntry[] there)
    {
        if (there.Length != queue.Entries.Count)
        {
            return false;
        }

        for (int i = 0; i < there.Length; i++)
        {
            RealEntry entry = there[i];
            ModelEntry expected = queue.Entries[i];
            if (entry.Id != expected.Message.Id
                || entry.BodyLength != expected.Message.Length
                || entry.Ready != expected.Ready
                || entry.Returns != expected.Returns
                || entry.DeadlineMs != expected.Deadline
                || entry.Level != queue.LevelOf(expected)
                || entry.Stored != expected.Stored
                || entry.Redelivered != expected.Redelivered)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Letters that several queues let go in one command may come in any order among each other; and those that are read from
    /// the journal before they go, at any time until the end of the step.
    /// </summary>
    private static void AgreeOnOrder(ModelQueue queue, MessageQueue real)
    {
        RealEntry[] there = RealEntry.AllOf(real);
        for (int i = 0; i < there.Length && i < queue.Entries.Count; i++)
        {
            int at = queue.Entries.FindIndex(i, e => e.Message.Id == there[i].Id
                && e.Message.Headers(null) == there[i].Headers);
            if (at > i && (queue.Spec.IsGrave || there[i].IsLetter || queue.Entries[i].Message.FirstDeath is not null))
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

    private static string Describe(RealEntry entry) => Describe(
        entry.Id, entry.Ready, entry.Returns, entry.Redelivered, entry.Level, entry.DeadlineMs, entry.Stored);

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
