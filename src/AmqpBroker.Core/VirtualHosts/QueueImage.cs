using System.Buffers;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// A queue's image in a checkpoint, in as many parts as it takes for none to hold the lane for long. The first part's stamp
/// stands for all: what happens meanwhile is replayed on the later parts too, and says the same once more. What is put into
/// pages meanwhile would be in no part, so nothing is. Lane only.
/// </summary>
internal sealed class QueueImage
{
    /// <summary>Entries looked at for a part, whether they are stored or not.</summary>
    private const int LooksPerPart = 4096;

    /// <summary>Pages of a part.</summary>
    private const int PagesPerPart = 512;

    private readonly ColdPage[] _pages;
    private readonly long _nextSequence;
    private readonly ChainWalk _walk;
    private readonly int _partBytes;
    private int _nextPage;
    private int _nextLoosePage;
    private bool _isBegun;

    internal QueueImage(MessageQueue queue)
    {
        Queue = queue;
        _pages = [.. queue.Pages];
        _nextSequence = queue.NextSequence;
        _walk = queue.BeginWalk();
        _partBytes = queue.Host.Limits.ImagePartBytes;
        queue.IsImaged = true;
    }

    internal MessageQueue Queue { get; }

    /// <summary>Writes the next part. Gives true if it was the last.</summary>
    internal bool WritePart(ArrayBufferWriter<byte> image)
    {
        var writer = new RecordWriter(image);
        if (!_isBegun)
        {
            _isBegun = true;
            writer.Byte((byte)ImageKind.QueueWithPages);
            writer.Number(Queue.Id);
            writer.Number(_nextSequence);
            writer.Number(Queue.DeliveredUpTo);
            writer.Number(Queue.MaybeDeliveredUpTo);
        }
        else
        {
            writer.Byte((byte)ImageKind.QueuePart);
            writer.Number(Queue.Id);
        }

        WritePages(writer);
        StoredEntry before = StoredEntryCodec.None;
        return _nextPage == _pages.Length && WriteLoosePages(writer, image, ref before) && WriteEntries(writer, image, ref before);
    }

    /// <summary>It is complete, or not wanted any more.</summary>
    internal void End()
    {
        Queue.EndWalk(_walk);
        Queue.IsImaged = false;
    }

    /// <summary>A page that is not there any more has its messages in memory, in the chain behind all others; or they ended.</summary>
    private void WritePages(RecordWriter writer)
    {
        var pages = new List<ColdPage>();
        for (; _nextPage < _pages.Length && pages.Count < PagesPerPart; _nextPage++)
        {
            if (_pages[_nextPage] is { Dropped: false, HasRecord: true } page)
            {
                pages.Add(page);
            }
        }

        writer.Number(pages.Count);
        foreach (ColdPage page in pages)
        {
            page.IsInImage = true;
            PageImage.Write(writer, page);
        }
    }

    private bool WriteLoosePages(RecordWriter writer, ArrayBufferWriter<byte> image, ref StoredEntry before)
    {
        for (; _nextLoosePage < _pages.Length; _nextLoosePage++)
        {
            if (image.WrittenCount >= _partBytes)
            {
                return false;
            }

            ColdPage page = _pages[_nextLoosePage];
            foreach (StoredEntry stored in page.HasRecord || page.Dropped ? [] : page.Index!)
            {
                if (!page.IsGone(stored.Sequence))
                {
                    StoredEntryCodec.Write(writer, in stored, in before);
                    before = stored;
                }
            }
        }

        return true;
    }

    private bool WriteEntries(RecordWriter writer, ArrayBufferWriter<byte> image, ref StoredEntry before)
    {
        for (int looks = 0; looks < LooksPerPart && image.WrittenCount < _partBytes; looks++)
        {
            if (_walk.Take() is not { } entry)
            {
                return true;
            }

            // What came later is in the log behind the first part.
            if (entry.Stored && entry.Sequence < _nextSequence)
            {
                StoredEntry stored = VirtualHost.Describe(entry);
                StoredEntryCodec.Write(writer, in stored, in before);
                before = stored;
            }
        }

        return false;
    }
}
