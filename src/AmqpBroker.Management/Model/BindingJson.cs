using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>A binding.</summary>
internal sealed record BindingJson(
    string Source, string Vhost, string Destination, string DestinationType, string RoutingKey, PlainTable Arguments, string PropertiesKey)
{
    public static BindingJson From(BindingInfo binding) => new(
        binding.Source,
        binding.VirtualHost,
        binding.Destination,
        binding.ToExchange ? "exchange" : "queue",
        binding.RoutingKey,
        binding.Arguments,
        BindingKey.Of(binding.RoutingKey, binding.ArgumentsHash));
}
