namespace AmqpBroker.Storage;

/// <summary>
/// What a journal reports. Calls come from a disk thread, one at a time for one journal (a <see cref="MemoryJournal"/> that
/// is not stepped calls inside Append); an implementation posts to its lane and returns at once.
/// </summary>
public interface ICommitListener
{
    /// <summary>Every batch that ends at or below <paramref name="position"/> is durable. Positions only rise.</summary>
    void Committed(long position);

    /// <summary>The journal is fenced: nothing more is confirmed, appends throw. Called once.</summary>
    void Failed(Exception exception);

    /// <summary><see cref="IJournal.HasRoom"/> is true again after it was false.</summary>
    void RoomAvailable();

    /// <summary>
    /// True: the disk has no room for more than what is kept back for small records (acks, deletes); writes go on into that
    /// and are retried beyond it, nothing is lost. False: there is room again.
    /// </summary>
    void DiskFull(bool full);

    /// <summary>The checkpoint is durable; a restart replays from <paramref name="replayFrom"/> on.</summary>
    void CheckpointCompleted(long replayFrom);

    /// <summary><see cref="ICheckpointWriter.HasRoom"/> of the checkpoint under way is true again after it was false. Any thread.</summary>
    void CheckpointRoomAvailable()
    {
    }

    /// <summary>The checkpoint was given up (for want of room, say). The one before it still counts.</summary>
    void CheckpointFailed(Exception exception);
}
