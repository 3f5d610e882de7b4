namespace AmqpBroker.Core.Users;

/// <summary>What one account may have at a time, over all virtual hosts. Null or negative is no limit, 0 lets nothing in.</summary>
/// <param name="MaxConnections">Open connections.</param>
/// <param name="MaxChannels">Open channels.</param>
public sealed record UserLimits(long? MaxConnections, long? MaxChannels)
{
    /// <summary>No limits.</summary>
    public static readonly UserLimits None = new(null, null);
}
