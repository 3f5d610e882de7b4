using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;

namespace AmqpBroker.Simulation;

/// <summary>The disk: syncs, losses of power, orderly stops, a full disk and one that fails.</summary>
internal sealed partial class SimulatedRun
{
    /// <summary>More than any step leaves to be written.</summary>
    private const int MostGroups = 1000;

    /// <summary>Everything so far becomes durable, a group at a time; with it everything that waited for it is said.</summary>
    private void Sync()
    {
        (_broker.Store as DiskStore)?.GiveRoom();
        SyncGroups();
        foreach (ModelChannel channel in _model.Channels)
        {
            if (channel.Unconfirmed.Count > 0 || channel.Expected.Count > 0)
            {
                throw new ViolationException(
                    $"All is durable, and channel {channel.Real.Number} still waits for {channel.Unconfirmed.Count} confirms and {string.Join(", ", channel.Expected)}.");
            }
        }
    }

    /// <summary>Writes and syncs a group at a time, as far as the disk takes it.</summary>
    private void SyncGroups()
    {
        for (int groups = 0; _broker.Store.RunOneGroup(); groups++)
        {
            _broker.RunScheduled();
            if (_broker.Faults.Count > 0)
            {
                // Nothing may be promised any more; what was promised before must have been durable.
                Collect();
                CheckConfirms();
                return;
            }

            EndStep();
            if (groups == MostGroups)
            {
                throw new ViolationException("The journal does not come to an end.");
            }
        }
    }

    /// <summary>The machine loses its power and starts again; the model keeps what the journal kept.</summary>
    /// <param name="calls">On a disk, how many calls into a sync it happens; null for between two steps.</param>
    /// <param name="downMs">How long it stays off.</param>
    private void Crash(int? calls, long downMs = 0)
    {
        if (calls is { } number && _broker.Store is DiskStore disk)
        {
            // With less to write than that, the crash comes after the sync.
            disk.LosePowerAfter(number);
            SyncGroups();
        }

        long committed = Committed;
        TestBroker before = _broker;
        _broker = before.Restart(downMs);
        before.Runtime.Dispose();
        ComeBack(committed, cleanStop: false);
    }

    /// <summary>The broker stops in order and starts again.</summary>
    private void Stop(long downMs)
    {
        if (_broker.Store is not DiskStore)
        {
            return;
        }

        Sync();
        long committed = Committed;
        _broker = _broker.StopAndStart(downMs);
        ComeBack(committed, cleanStop: true);
    }

    /// <summary>A sync fails: nothing more may be promised, and the process ends.</summary>
    private void FailDisk(int calls)
    {
        if (_broker.Store is not DiskStore disk)
        {
            return;
        }

        disk.FailAfter(calls);
        SyncGroups();
        if (_broker.Faults.Count == 0)
        {
            disk.Heal();
            return;
        }

        long committed = Committed;
        TestBroker before = _broker;
        _broker = before.Restart();
        before.Runtime.Dispose();
        ComeBack(committed, cleanStop: false);
    }

    /// <summary>The disk has no room for a while: what was not promised waits, everything else goes on.</summary>
    private void FillDisk(int room)
    {
        if (_broker.Store is DiskStore disk)
        {
            disk.LeaveRoom(room);
            SyncGroups();
        }
    }

    private void ComeBack(long committed, bool cleanStop)
    {
        if (_broker.Lost.Count > 0)
        {
            throw new ViolationException($"The start lost something: {_broker.Lost[0]}");
        }

        long durableTo = _broker.RecoveredTo;
        if (durableTo < committed)
        {
            throw new ViolationException($"The journal ends at {durableTo}, and was durable up to {committed}.");
        }

        _wasDown = true;
        Array.Clear(_channels);
        _model.Now = Now;
        _model.Restart(durableTo, cleanStop);
        Connect();
    }

    private void CloseClient(int number, SessionEnd end)
    {
        ModelClient client = _clients[number];
        client.Real.Frames.Clear();
        client.Real.Run(b => b.CloseSession(end));
        bool right = end == SessionEnd.ClosedByClient
            ? client.Real.Frames.TryDequeue(out Frame? last) && last.Method is Protocol.ConnectionCloseOk && client.Real.Frames.Count == 0
            : client.Real.Frames.Count == 0;
        if (!right)
        {
            throw new ViolationException($"After the end of a connection its client was sent {string.Join(", ", client.Real.Frames)}.");
        }

        for (int i = number * ChannelsPerClient; i < (number + 1) * ChannelsPerClient; i++)
        {
            _channels[i] = null;
        }

        Collect();
        _model.Close(client);
        Connect(number);
    }
}
