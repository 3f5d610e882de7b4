using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Management.Model;

/// <summary>The names of limits, as RabbitMQ has them.</summary>
internal static class LimitNames
{
    private const string Connections = "max-connections";
    private const string Channels = "max-channels";
    private const string Queues = "max-queues";
    private const string Exchanges = "max-exchanges";

    /// <summary>The limits that are set.</summary>
    public static Dictionary<string, long> Of(UserLimits limits) =>
        Set((Channels, limits.MaxChannels), (Connections, limits.MaxConnections));

    /// <summary>The limits that are set.</summary>
    public static Dictionary<string, long> Of(VirtualHostQuota limits) =>
        Set((Connections, limits.MaxConnections), (Queues, limits.MaxQueues), (Exchanges, limits.MaxExchanges));

    /// <summary>The limits with one of them changed; null for a name that is none.</summary>
    public static UserLimits? With(UserLimits limits, string name, long? value) => name switch
    {
        Connections => limits with { MaxConnections = value },
        Channels => limits with { MaxChannels = value },
        _ => null,
    };

    /// <summary>The limits with one of them changed; null for a name that is none.</summary>
    public static VirtualHostQuota? With(VirtualHostQuota limits, string name, long? value) => name switch
    {
        Connections => limits with { MaxConnections = value },
        Queues => limits with { MaxQueues = value },
        Exchanges => limits with { MaxExchanges = value },
        _ => null,
    };

    private static Dictionary<string, long> Set(params ReadOnlySpan<(string Name, long? Value)> limits)
    {
        var set = new Dictionary<string, long>();
        foreach ((string name, long? value) in limits)
        {
            if (value is { } limit)
            {
                set.Add(name, limit);
            }
        }

        return set;
    }
}
