using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Server.Connections;

/// <content>How much it received and sent, and what that was sample by sample.</content>
internal sealed partial class Connection
{
    /// <summary>Samples of a minute, and the one before.</summary>
    private const int KeptSamples = 14;

    private readonly Lock _trafficGate = new();
    private History? _trafficHistory;

    // Written by the read loop alone.
    private long _receivedBytes;
    private long _receivedCount;

    private void CountReceived(int bytes)
    {
        Volatile.Write(ref _receivedBytes, _receivedBytes + bytes);
        Volatile.Write(ref _receivedCount, _receivedCount + 1);
    }

    /// <summary>Takes a sample. Gives what came since the one before. Any thread.</summary>
    /// <param name="tick">When; null at the connection's end: then it is not kept.</param>
    /// <param name="sinceLast">What came.</param>
    public void SampleTraffic(long? tick, Span<long> sinceLast)
    {
        Span<long> now = stackalloc long[TrafficFigures.Width];
        ReadTraffic(now);
        lock (_trafficGate)
        {
            if (_trafficHistory is null)
            {
                Span<long> none = stackalloc long[TrafficFigures.Width];
                none.Clear();
                _trafficHistory = new History(TrafficFigures.Width, KeptSamples);
                _trafficHistory.Append((tick ?? 0) - 1, none);
            }

            ReadOnlySpan<long> last = _trafficHistory.ValuesFromEnd(0, out _);
            bool changed = false;
            for (int i = 0; i < now.Length; i++)
            {
                sinceLast[i] = now[i] - last[i];
                changed |= sinceLast[i] != 0;
            }

            if (changed && tick is { } at)
            {
                _trafficHistory.Append(at, now);
            }
        }
    }

    /// <summary>The figures as they are now. Any thread.</summary>
    private Reading DescribeTraffic()
    {
        long[] now = new long[TrafficFigures.Width];
        ReadTraffic(now);
        lock (_trafficGate)
        {
            return new Reading(now, _trafficHistory?.Copy(KeptSamples) ?? [], _services.Traffic.Tick, _services.Traffic.IntervalMs);
        }
    }

    private void ReadTraffic(Span<long> now)
    {
        now[TrafficFigures.ReceivedBytes] = Volatile.Read(ref _receivedBytes);
        now[TrafficFigures.ReceivedCount] = Volatile.Read(ref _receivedCount);
        now[TrafficFigures.SentBytes] = _sender.SentBytes;
        now[TrafficFigures.SentCount] = _sender.SentCount;
    }
}
