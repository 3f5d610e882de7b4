namespace AmqpBroker.Storage;

/// <summary>
/// Receives what a journal holds when it is opened: first every image of the newest checkpoint, then the records after it
/// in order. Called on the opening thread, before the journal can be appended to.
/// </summary>
public interface IJournalReplay
{
    /// <summary>An image of the checkpoint: it holds the effect of all records below <paramref name="stamp"/>.</summary>
    /// <exception cref="InvalidDataException">The image cannot be understood: it is put aside and reported, and the opening goes on.</exception>
    void Image(long stamp, ReadOnlySpan<byte> image);

    /// <summary>
    /// A record. <paramref name="position"/> is that of its first byte, so that bytes inside can be addressed later.
    /// Records between the lowest and the highest stamp come too; the receiver skips what its image holds already.
    /// </summary>
    /// <exception cref="InvalidDataException">The record cannot be understood: it is put aside and reported, and the opening goes on.</exception>
    void Record(long position, ReadOnlySpan<byte> record);

    /// <summary>
    /// Bytes that look like a record, of a batch that is damaged and put aside. It counts for nothing; but who knows what the
    /// records are about can say what is probably lost. In the order of the log, between the records before and behind it.
    /// </summary>
    void DamagedRecord(long position, ReadOnlySpan<byte> record)
    {
    }

    /// <summary>
    /// Called once for each damaged stretch of the log, after what could be made out of it: some records between the one before
    /// and the next one are missing.
    /// </summary>
    void Gap(long position, long length)
    {
    }

    /// <summary>Called now and then during a long recovery: bytes of journal read, and bytes there are.</summary>
    void Progress(long bytesDone, long bytesTotal);
}
