namespace AmqpBroker.Core.Snapshots;

/// <summary>A binding as it was at one moment.</summary>
/// <param name="Source">The exchange that messages come from; empty for the default exchange.</param>
/// <param name="VirtualHost">Where it is.</param>
/// <param name="Destination">The queue or exchange that messages go to.</param>
/// <param name="ToExchange">Whether the destination is an exchange.</param>
/// <param name="RoutingKey">The binding key.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="ArgumentsHash">Tells bindings apart that differ in their arguments only; 0 without arguments.</param>
public sealed record BindingInfo(
    string Source, string VirtualHost, string Destination, bool ToExchange, string RoutingKey, PlainTable Arguments, uint ArgumentsHash)
{
    /// <summary>The hash of these arguments.</summary>
    public static uint HashOf(PlainTable arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return Capture.HashOf(arguments.Fields);
    }
}
