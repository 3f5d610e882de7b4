using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Queues;

/// <summary>Why a message was dead-lettered; the names stand in its x-death header.</summary>
internal enum DeathReason : byte
{
    Rejected,
    Expired,
    MaxLength,
    DeliveryLimit,
}

internal static class DeathReasons
{
    private static readonly ShortString[] Names =
    [
        ShortString.FromString("rejected"),
        ShortString.FromString("expired"),
        ShortString.FromString("maxlen"),
        ShortString.FromString("delivery_limit"),
    ];

    internal static ShortString Name(this DeathReason reason) => Names[(int)reason];
}
