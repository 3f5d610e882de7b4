using AmqpBroker.Core.Exchanges;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Writes the windows of deduplication exchanges into a checkpoint, in slices over many turns of the lane: what each held when
/// the checkpoint began, as far as it is still there. What came since has records that are replayed. Lane only.
/// </summary>
internal sealed class WindowImages
{
    /// <summary>Places of one slice: some 50 KiB, well below a millisecond.</summary>
    private const int PlacesPerSlice = 2048;

    private readonly VirtualHost _host;
    private readonly Queue<(DeduplicationExchange Exchange, long End)> _left = new();
    private long _next;

    internal WindowImages(VirtualHost host)
    {
        _host = host;
        foreach (Exchange exchange in host.Exchanges.Values)
        {
            if (exchange is DeduplicationExchange { IsStored: true } keeper)
            {
                _left.Enqueue((keeper, keeper.Window.NextOrdinal));
            }
        }
    }

    /// <summary>Nothing is left to write.</summary>
    internal bool IsDone => _left.Count == 0;

    /// <summary>Writes the next slice. Gives false if there was nothing to write for an exchange that is gone.</summary>
    internal bool Write(RecordWriter writer)
    {
        (DeduplicationExchange exchange, long end) = _left.Peek();
        if (!ReferenceEquals(_host.FindExchange(exchange.Name), exchange))
        {
            Leave();
            return false;
        }

        DuplicateWindow window = exchange.Window;
        long first = Math.Max(_next, window.FirstOrdinal);
        long sliceEnd = Math.Min(first + PlacesPerSlice, end);
        writer.Byte((byte)ImageKind.Window);
        writer.Number(exchange.StateId);
        writer.Number(Math.Max(first, sliceEnd));
        writer.Number(window.LastMs);
        for (long ordinal = first; ordinal < sliceEnd; ordinal++)
        {
            if (window.TryGet(ordinal, out DuplicateWindow.Entry entry))
            {
                writer.Number(ordinal);
                Write(writer, entry);
            }
        }

        _next = sliceEnd;
        if (sliceEnd >= end)
        {
            Leave();
        }

        return true;
    }

    /// <summary>Reads a slice into the window of an exchange.</summary>
    internal static void Read(ref RecordReader reader, DuplicateWindow window)
    {
        long end = reader.Number();
        long lastMs = reader.Number();
        while (!reader.AtEnd)
        {
            long ordinal = reader.Number();
            window.Restore(ordinal, ReadEntry(ref reader));
        }

        window.RestoreEnd(end, lastMs);
    }

    internal static void Write(RecordWriter writer, DuplicateWindow.Entry entry)
    {
        writer.Int64((long)(ulong)(entry.Key >> 64));
        writer.Int64((long)(ulong)entry.Key);
        writer.Number(entry.DeadlineMs == DuplicateWindow.Never ? 0 : entry.DeadlineMs + 1);
    }

    internal static DuplicateWindow.Entry ReadEntry(ref RecordReader reader)
    {
        var key = new UInt128((ulong)reader.Int64(), (ulong)reader.Int64());
        long deadline = reader.Number();
        return new DuplicateWindow.Entry(key, deadline == 0 ? DuplicateWindow.Never : deadline - 1);
    }

    private void Leave()
    {
        _left.Dequeue();
        _next = 0;
    }
}
