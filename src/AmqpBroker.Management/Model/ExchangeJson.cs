using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>An exchange.</summary>
internal sealed record ExchangeJson(
    string Name, string Vhost, string Type, bool Durable, bool AutoDelete, bool Internal, PlainTable Arguments)
{
    /// <summary>The policy that holds for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Policy { get; init; }

    /// <summary>What an <c>x-delayed-message</c> exchange delays, as its plugin shows it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessagesDelayed { get; init; }

    public static ExchangeJson From(ExchangeInfo exchange) => new(
        exchange.Name, exchange.VirtualHost, exchange.Type, exchange.Durable, exchange.AutoDelete, exchange.Internal, exchange.Arguments)
    {
        Policy = exchange.Policy,
        MessagesDelayed = exchange.DelayedMessages,
    };
}
