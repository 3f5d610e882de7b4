using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <content>
/// What is probably lost with damaged places of the log, by queue: nothing there counts, but what looks like records can be
/// counted, and the numbers of messages that are missing between those before and those behind it.
/// </content>
internal sealed partial class Replay
{
    private long _gapEnd;

    public void DamagedRecord(long position, ReadOnlySpan<byte> record)
    {
        try
        {
            Guess(position, record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is damaged: not even a guess.
        }
    }

    public void Gap(long position, long length) => _gapEnd = position + length;

    private void Guess(long position, ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record);
        switch ((RecordKind)reader.Byte())
        {
            case RecordKind.Published:
                PublishedRecord published = PublishedRecord.Read(ref reader, position, record.Length);
                foreach ((int id, long sequence, _) in published.Targets)
                {
                    if (Concerned(position, id) is { } queue && sequence >= queue.NextSequence && sequence - queue.NextSequence < ProbableLosses.MostInOneGap)
                    {
                        _restored[queue].Losses.NoteMessage(sequence);
                    }
                }

                break;
            case RecordKind.Settled:
                if (Concerned(position, reader.Count()) is { } settled)
                {
                    for (int count = reader.Count(); count > 0; count--)
                    {
                        long first = reader.Number();
                        _restored[settled].Losses.NoteEnded(first, first + reader.Number());
                    }
                }

                break;
        }
    }

    private MessageQueue? Concerned(long position, int id) =>
        host.FindQueue(id) is { } queue && position >= queue.ImageStamp ? queue : null;

    /// <summary>The first message of a queue behind a gap tells how many may be missing.</summary>
    private void NoteMissing(MessageQueue queue, long sequence)
    {
        if (_gapEnd > queue.ImageStamp && _restored[queue] is var restored && restored.Losses.GapsSeenUpTo < _gapEnd)
        {
            restored.Losses.NoteGap(_gapEnd, queue.NextSequence, sequence);
        }
    }
}
