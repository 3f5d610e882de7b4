using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>What an exchange is made with, besides its type.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Durable">Whether it survives a restart.</param>
/// <param name="AutoDelete">Whether it goes with its last binding.</param>
/// <param name="Internal">Whether clients may not publish to it.</param>
/// <param name="Arguments">The arguments of the declaration, as sent.</param>
/// <param name="AlternateExchange">The effective alternate exchange; null if there is none.</param>
public sealed record ExchangeProperties(
    ShortString Name,
    bool Durable,
    bool AutoDelete,
    bool Internal,
    FieldTable Arguments,
    ShortString? AlternateExchange = null);
