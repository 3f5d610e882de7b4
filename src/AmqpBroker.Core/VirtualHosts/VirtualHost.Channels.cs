using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>The channels that are open, in places without gaps as in <see cref="Registry{T}"/>, and what is counted.</summary>
public sealed partial class VirtualHost
{
    private readonly List<ChannelSession> _channels = [];

    /// <summary>All open channels.</summary>
    internal IReadOnlyList<ChannelSession> Channels => _channels;

    /// <summary>What is counted of it.</summary>
    internal Meters Meters { get; }

    internal void AddChannel(ChannelSession channel)
    {
        channel.Place = _channels.Count;
        _channels.Add(channel);
        Meters.Count(Figure.ChannelCreated);
    }

    internal void RemoveChannel(ChannelSession channel)
    {
        if (channel.Place < 0)
        {
            return;
        }

        ChannelSession last = _channels[^1];
        _channels[channel.Place] = last;
        last.Place = channel.Place;
        _channels.RemoveAt(_channels.Count - 1);
        channel.Place = -1;
        Meters.Count(Figure.ChannelClosed);
    }

    /// <summary>A client published the message to an exchange that is there.</summary>
    internal void CountRouted(Exchanges.Exchange exchange, int queues)
    {
        Meter meter = exchange.Meter ??= new Meter(MeterKind.Exchange);
        meter.Counts[(int)Figure.Publish]++;
        meter.Counts[(int)Figure.ConfirmOrOut] += queues;
        Meters.Touch(meter);
    }
}
