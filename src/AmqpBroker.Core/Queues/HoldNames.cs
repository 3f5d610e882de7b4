using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Queues;

/// <summary>Names of the places in which exchanges keep messages: no client can give them to a queue, as names lose line breaks.</summary>
internal static class HoldNames
{
    /// <summary>What the place of an exchange is made with; it lasts as long as the exchange.</summary>
    public static QueueDeclaration Declaration(Exchange exchange) =>
        new(ShortString.FromString($"\n{exchange.StateId}"), exchange.Durable);
}
