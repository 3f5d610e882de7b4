namespace AmqpBroker.Storage;

/// <summary>Receives a record and the position of its first byte.</summary>
public delegate void JournalRecordVisitor(long position, ReadOnlySpan<byte> record);

/// <summary>
/// The ordered, durable log of one virtual host. One logical writer (the lane) appends batches; a disk thread writes and
/// syncs them in groups and reports how far the log is durable.
/// </summary>
/// <remarks>
/// A position is a 64-bit logical byte offset that is never reused once it was committed (what was appended and lost in a
/// crash leaves no trace, so the next epoch goes on where the committed log ends). Members marked "lane only" must not be called by two threads at a time.
/// </remarks>
public interface IJournal : IDisposable
{
    /// <summary>The position at which the next batch starts: the end of everything appended. Lane only.</summary>
    long NextPosition { get; }

    /// <summary>Rents a batch that starts at <see cref="NextPosition"/>. Only one batch may be open at a time. Lane only.</summary>
    /// <exception cref="InvalidOperationException">The batch rented before has not been appended yet.</exception>
    JournalBatch Begin();

    /// <summary>
    /// Takes the batch over and queues it for the disk; never blocks, and several batches may be in flight. An empty batch
    /// only goes back to the pool and uses no position. Lane only.
    /// </summary>
    /// <exception cref="JournalFailedException">The journal has failed; the batch is dropped and its shared bytes released.</exception>
    void Append(JournalBatch batch);

    /// <summary>Sets the one listener. Call it before the first append.</summary>
    void Subscribe(ICommitListener listener);

    /// <summary>
    /// False while the bytes appended but not yet written exceed the limit: callers stop feeding the lane until
    /// <see cref="ICommitListener.RoomAvailable"/>. Append still works then, so that a batch that is under way can end. Any thread.
    /// </summary>
    bool HasRoom { get; }

    /// <summary>
    /// As <see cref="HasRoom"/>, with a limit that is higher by a reserve for what is small and frees room: acknowledgements,
    /// deletes. Any thread.
    /// </summary>
    bool HasReserve => HasRoom;

    /// <summary>Everything below this position is durable (in mode <c>os</c>: handed to the kernel). Any thread.</summary>
    long CommittedPosition { get; }

    /// <summary>The bytes appended since the newest checkpoint began: what a restart would replay. Any thread.</summary>
    long BytesSinceCheckpoint { get; }

    /// <summary>
    /// Fills <paramref name="destination"/> with the bytes of a record from <paramref name="position"/> on. Reads only what is
    /// committed and still live, and gives nothing whose checksum is wrong; may block on the disk, so the lane does not call it. Any thread.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not committed yet, not in one record, or its segment is gone.</exception>
    /// <exception cref="JournalDamageException">The file holds something else than was written.</exception>
    /// <exception cref="IOException">The disk refused the read.</exception>
    void ReadAt(long position, Span<byte> destination);

    /// <summary>
    /// Gives every committed record that begins between two positions and is still there, in order, and passes over what fails
    /// its checksum. Reads all of the files in between, so it is for repairs. May block on the disk. Any thread.
    /// </summary>
    void ReadRecords(long from, long upTo, JournalRecordVisitor visit);

    /// <summary>
    /// Has a reading run where it may block, after those asked for before. It is dropped when the journal closes first. Any thread.
    /// </summary>
    void ReadLater(IJournalRead read);

    /// <summary>
    /// A position that stands for all that are freed together with this one: live bytes of many may be counted there in one
    /// sum. The same after a restart. Or -1 when it is gone. Lane only.
    /// </summary>
    long RegionOf(long position);

    /// <summary>
    /// Counts <paramref name="bytes"/> at <paramref name="position"/> as needed: the segment that holds them stays until they
    /// are removed again. After a recovery, everything that lives is added before the first checkpoint. Lane only.
    /// </summary>
    void AddLive(long position, long bytes);

    /// <summary>Takes back an <see cref="AddLive"/> of the same position and size. Lane only.</summary>
    void RemoveLive(long position, long bytes);

    /// <summary>Lists what the log takes on the disk, without the part that is written to now; nothing where it takes none. Lane only.</summary>
    void ReadUse(List<RegionUse> regions) => regions?.Clear();

    /// <summary>
    /// Begins a checkpoint at <see cref="NextPosition"/>. Only one at a time. Lane only, as are the calls on the writer.
    /// </summary>
    /// <exception cref="InvalidOperationException">A checkpoint is under way.</exception>
    ICheckpointWriter BeginCheckpoint();
}
