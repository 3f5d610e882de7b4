using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>The types of exchanges that clients can declare. A new type is one new file and one line here.</summary>
public static class ExchangeTypes
{
    private static readonly Dictionary<ShortString, ExchangeType> s_byName = new ExchangeType[]
    {
        DirectExchange.ExchangeType,
        FanoutExchange.ExchangeType,
        TopicExchange.ExchangeType,
        HeadersExchange.ExchangeType,
        ConsistentHashExchange.ExchangeType,
        ModulusHashExchange.ExchangeType,
        RandomExchange.ExchangeType,
        LocalRandomExchange.ExchangeType,
        DelayedMessageExchange.ExchangeType,
        RecentHistoryExchange.ExchangeType,
        DeduplicationExchange.ExchangeType,
    }.ToDictionary(type => type.Name);

    /// <summary>All types, in the order in which they are listed.</summary>
    public static IReadOnlyCollection<ExchangeType> All => s_byName.Values;

    /// <summary>The type of this name.</summary>
    /// <exception cref="ConnectionException">503: there is no such type.</exception>
    public static ExchangeType Get(ShortString name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return s_byName.TryGetValue(name, out ExchangeType? type)
            ? type
            : throw new ConnectionException(
                ReplyCode.CommandInvalid,
                name.IsEmpty ? "invalid exchange type ''" : $"unknown exchange type '{name}'");
    }

    /// <summary>Makes an exchange.</summary>
    /// <exception cref="ConnectionException">503: there is no such type.</exception>
    public static Exchange Create(ShortString type, ExchangeProperties properties) => Get(type).Create(properties);
}
