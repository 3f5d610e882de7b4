using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Snapshots;

/// <summary>An exchange as it was at one moment.</summary>
/// <param name="Name">Its name; empty for the default exchange.</param>
/// <param name="VirtualHost">Where it is.</param>
/// <param name="Type">The name of its type.</param>
/// <param name="Durable">Whether it survives a restart.</param>
/// <param name="AutoDelete">Whether it goes with its last binding.</param>
/// <param name="Internal">Whether clients may not publish to it.</param>
/// <param name="Arguments">The arguments of its declaration.</param>
public sealed record ExchangeInfo(
    string Name, string VirtualHost, string Type, bool Durable, bool AutoDelete, bool Internal, PlainTable Arguments)
{
    /// <summary>The name of the policy that holds for it; null when there is none.</summary>
    public string? Policy { get; init; }

    /// <summary>What was counted; null when nothing was.</summary>
    public Reading? Reading { get; init; }

    /// <summary>Messages whose delay is not over (<c>x-delayed-message</c>); null for other types.</summary>
    public int? DelayedMessages { get; init; }
}
