namespace AmqpBroker.Storage;

/// <summary>
/// Collects a checkpoint: opaque images, each with the position it is consistent with. Images may be added over many turns
/// of the lane while appends go on. Lane only; one of <see cref="Complete"/> and <see cref="Abandon"/> ends it.
/// </summary>
public interface ICheckpointWriter
{
    /// <summary>False while much is collected and not yet written: the lane adds no more images in this turn.</summary>
    bool HasRoom { get; }

    /// <summary>
    /// Adds an image (copied) that holds the effect of every record below <paramref name="stamp"/>: usually
    /// <see cref="IJournal.NextPosition"/> of now, and never more.
    /// </summary>
    void Add(long stamp, ReadOnlySpan<byte> image);

    /// <summary>
    /// Makes the checkpoint durable in the background once everything below its highest stamp is committed. Then
    /// <see cref="ICommitListener.CheckpointCompleted"/> is called, replay starts at the lowest stamp (at the
    /// latest where the checkpoint began, so that what came into being meanwhile needs no image), and segments below it without live bytes are reused.
    /// </summary>
    void Complete();

    /// <summary>Drops the checkpoint; the one before it still counts.</summary>
    void Abandon();
}
