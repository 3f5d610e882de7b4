namespace AmqpBroker.Server.Connections;

/// <summary>
/// The open channels of a connection by number. The reader changes it; the lane looks channels up to mark them. Clients
/// number their channels from 1, so a short array serves nearly all; its size follows the highest number in use.
/// </summary>
internal sealed class ChannelTable
{
    private const int FirstSize = 8;

    private volatile ClientChannel?[] _channels = new ClientChannel?[FirstSize];

    /// <summary>Open channels, those being closed included.</summary>
    public int Count { get; private set; }

    /// <summary>The channel, or null when the number is not open.</summary>
    public ClientChannel? Find(ushort number)
    {
        ClientChannel?[] channels = _channels;
        return number < channels.Length ? Volatile.Read(ref channels[number]) : null;
    }

    /// <summary>Opens a number that is not open.</summary>
    public void Add(ClientChannel channel)
    {
        ClientChannel?[] channels = _channels;
        if (channel.Number >= channels.Length)
        {
            var larger = new ClientChannel?[Math.Max(channels.Length * 2, channel.Number + 1)];
            channels.CopyTo(larger, 0);
            _channels = larger;
        }

        Volatile.Write(ref _channels[channel.Number], channel);
        Count++;
    }

    /// <summary>Closes a number.</summary>
    public void Remove(ClientChannel channel)
    {
        Volatile.Write(ref _channels[channel.Number], null);
        channel.DropContent();
        Count--;
    }

    /// <summary>Closes all.</summary>
    public void Clear()
    {
        foreach (ClientChannel? channel in _channels)
        {
            if (channel is not null)
            {
                Remove(channel);
            }
        }
    }
}
