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

    /// <summary>Who made it; not kept, so it is the user of the house.</summary>
    public string UserWhoPerformedAction { get; } = "rmq-internal";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatsJson? MessageStats { get; init; }

    /// <summary>What comes from where; not counted by pairs, so there is nothing in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StatsJson>? Incoming { get; init; }

    /// <summary>What goes where; as above.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StatsJson>? Outgoing { get; init; }

    public static ExchangeJson From(ExchangeInfo exchange, Statistics? statistics) => new(
        exchange.Name, exchange.VirtualHost, exchange.Type, exchange.Durable, exchange.AutoDelete, exchange.Internal, exchange.Arguments)
    {
        MessageStats = statistics?.OfExchange(exchange.Reading),
        Policy = exchange.Policy,
        MessagesDelayed = exchange.DelayedMessages,
    };
}
