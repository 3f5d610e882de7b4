using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Snapshots;

/// <content>Channels, consumers, and what is counted.</content>
public sealed partial class VirtualHostView
{
    /// <summary>All open channels, by connection and number.</summary>
    public async Task<IReadOnlyList<ChannelInfo>> ListChannelsAsync(CancellationToken cancellation, bool withHistory = false)
    {
        var found = new Collection<ChannelSession, ChannelInfo>();
        int place = int.MaxValue;
        await new LaneRead(
            host =>
            {
                // As in a registry: from the last down, where a removal moves the last one into the gap.
                place = Math.Min(place, host.Channels.Count);
                for (int left = DestinationWalk<MessageQueue>.VisitsPerTurn; left > 0 && place > 0; left--)
                {
                    ChannelSession channel = host.Channels[--place];
                    found.Add(channel, channel.Describe(Name, withHistory));
                }

                return place > 0;
            },
            found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(static (a, b) =>
            string.CompareOrdinal(a.Connection, b.Connection) is not 0 and int order ? order : a.Number.CompareTo(b.Number));
    }

    /// <summary>The consumers of all queues, by queue, connection, channel and tag.</summary>
    public async Task<IReadOnlyList<ConsumerInfo>> ListConsumersAsync(CancellationToken cancellation)
    {
        var found = new Collection<Consumer, ConsumerInfo>();
        var walk = new ConsumerWalk(consumer => found.Add(consumer, Capture.Of(consumer, Name)));
        await new LaneRead(host => walk.Continue(host.QueueRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(Compare);
    }

    /// <summary>The consumers of one queue; none if there is no such queue.</summary>
    public async Task<IReadOnlyList<ConsumerInfo>> ListConsumersAsync(string queue, CancellationToken cancellation)
    {
        var found = new Collection<Consumer, ConsumerInfo>();
        if (BrokerView.ToShortString(queue) is { } key)
        {
            int place = int.MaxValue;
            await new LaneRead(
                host =>
                {
                    IReadOnlyList<Consumer> all = host.FindQueue(key)?.Consumers.All ?? [];
                    place = Math.Min(place, all.Count);
                    for (int left = DestinationWalk<MessageQueue>.VisitsPerTurn; left > 0 && place > 0; left--)
                    {
                        Consumer consumer = all[--place];
                        found.Add(consumer, Capture.Of(consumer, Name));
                    }

                    return place > 0;
                },
                found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        }

        return found.Sorted(Compare);
    }

    /// <summary>What is counted of the virtual host itself, by <see cref="Figure"/>.</summary>
    public async Task<Reading> ReadAsync(CancellationToken cancellation, bool withHistory = false)
    {
        Reading? reading = null;
        await ReadAsync(host => reading = host.Meters.Read(withHistory), cancellation).ConfigureAwait(false);
        return reading!;
    }

    private static int Compare(ConsumerInfo a, ConsumerInfo b)
    {
        int order = string.CompareOrdinal(a.Queue, b.Queue);
        order = order != 0 ? order : string.CompareOrdinal(a.Connection, b.Connection);
        order = order != 0 ? order : a.Channel.CompareTo(b.Channel);
        return order != 0 ? order : string.CompareOrdinal(a.Tag, b.Tag);
    }
}
