using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <content>When a checkpoint is written, and how it goes on.</content>
public sealed partial class VirtualHostRuntime
{
    /// <summary>How often a checkpoint is tried on a full disk: consumers may have made room since the last one.</summary>
    private const long CheckpointWhenFullMs = 5000;

    private const int CheckpointIdle = 0;

    /// <summary>Images are being written, or wait for room.</summary>
    private const int CheckpointWriting = 1;

    /// <summary>All is written; the journal makes it durable.</summary>
    private const int CheckpointWritten = 2;

    /// <summary>The journal has given it up; what is left of it here goes too.</summary>
    private const int CheckpointGivenUp = 3;

    private Checkpoint? _checkpoint;
    private int _checkpointState;
    private long _checkpointDelayBytes;
    private long _nextCheckpointWhenFullMs;

    /// <summary>
    /// How much journal a restart may have to replay: beyond it a checkpoint is written. 64 MiB replay in well under a second.
    /// </summary>
    public long CheckpointBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The disk is nearly full: what can be given back of it is, however little. To be said again while that lasts. Any thread.</summary>
    internal void MakeRoom() => _makingRoom.Post();

    void ICommitListener.CheckpointCompleted(long replayFrom)
    {
        Volatile.Write(ref _checkpointDelayBytes, 0);
        _checkpointed.Post();
    }

    void ICommitListener.CheckpointRoomAvailable() => _checkpointing.Post();

    void ICommitListener.CheckpointFailed(Exception exception)
    {
        Host.Warn($"A checkpoint of virtual host '{Name}' was given up; the journal grows until one succeeds: {exception.Message}");
        // What hindered it is hardly over yet: tried again when the journal has grown by as much once more.
        Volatile.Write(ref _checkpointDelayBytes, _journal.BytesSinceCheckpoint);
        Volatile.Write(ref _checkpointState, CheckpointGivenUp);
        _checkpointing.Post();
    }

    /// <summary>What is to be done for room on the disk, if anything is.</summary>
    private void KeepSpace()
    {
        BeginCheckpointIfDue();
        if (_space.IsStepDue && !DiskFull)
        {
            _moving.Post();
        }
    }

    private void BeginCheckpointIfDue()
    {
        if (Volatile.Read(ref _checkpointState) == CheckpointIdle && IsCheckpointDue())
        {
            _nextCheckpointWhenFullMs = Host.NowMs + CheckpointWhenFullMs;
            _space.CheckpointBegins();
            Volatile.Write(ref _checkpointState, CheckpointWriting);
            _checkpointing.Post();
        }
    }

    /// <summary>
    /// The journal has grown by its measure, or much has become free in it; or the disk is full, so that it cannot grow, and only
    /// what a checkpoint gives back makes room.
    /// </summary>
    private bool IsCheckpointDue() => DiskFull
        ? _journal.BytesSinceCheckpoint > 0 && Host.NowMs >= _nextCheckpointWhenFullMs
        : _journal.BytesSinceCheckpoint > CheckpointBytes + Volatile.Read(ref _checkpointDelayBytes) || _space.IsCheckpointDue();

    private long NextLookAtSpaceMs()
    {
        bool isIdle = Volatile.Read(ref _checkpointState) == CheckpointIdle;
        if (DiskFull)
        {
            return isIdle && _journal.BytesSinceCheckpoint > 0 ? _nextCheckpointWhenFullMs : long.MaxValue;
        }

        return Math.Min(_space.NextStepMs, isIdle ? _space.NextLookMs : long.MaxValue);
    }

    /// <summary>Writes the next part of the checkpoint. Gives true when there is more that can be written at once. Lane only.</summary>
    private bool ContinueCheckpoint()
    {
        if (Volatile.Read(ref _checkpointState) != CheckpointWriting)
        {
            _checkpoint?.Abandon();
            _checkpoint = null;
            if (Interlocked.CompareExchange(ref _checkpointState, CheckpointIdle, CheckpointGivenUp) == CheckpointGivenUp)
            {
                _space.CheckpointFailed();
            }

            return false;
        }

        _checkpoint ??= new Checkpoint(Host, _journal);
        if (!_checkpoint.Continue())
        {
            return !_checkpoint.LacksRoom;
        }

        _checkpoint = null;
        Interlocked.CompareExchange(ref _checkpointState, CheckpointWritten, CheckpointWriting);
        return false;
    }

    private sealed class CheckpointWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run()
        {
            if (Runtime.ContinueCheckpoint())
            {
                Post();
            }
        }
    }

    private sealed class CheckpointedWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run()
        {
            Runtime.Host.Memory.CheckpointCompleted(Runtime.Host.Journal);
            Runtime._space.CheckpointCompleted();

            // Only now, so that nobody takes the beginning of the next one for its end.
            Volatile.Write(ref Runtime._checkpointState, CheckpointIdle);
        }
    }

    private sealed class MoveWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run()
        {
            Runtime._space.Step();
            Runtime.Host.EndCommand();
        }
    }

    private sealed class MakeRoomWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run() => Runtime._space.RoomIsShort();
    }
}
