using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>An exchange.</summary>
internal sealed record ExchangeJson(
    string Name, string Vhost, string Type, bool Durable, bool AutoDelete, bool Internal, PlainTable Arguments)
{
    public static ExchangeJson From(ExchangeInfo exchange) => new(
        exchange.Name, exchange.VirtualHost, exchange.Type, exchange.Durable, exchange.AutoDelete, exchange.Internal, exchange.Arguments);
}
