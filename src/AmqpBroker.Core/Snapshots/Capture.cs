using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Snapshots;

/// <summary>Copies what there is to know about one thing. Lane only; the copies may go anywhere.</summary>
internal static class Capture
{
    internal static QueueInfo Of(MessageQueue queue, string virtualHost) => new(
        Text(queue.Name),
        virtualHost,
        queue.Arguments.Type == QueueType.Quorum ? "quorum" : "classic",
        queue.Declaration.Durable,
        queue.AutoDelete,
        queue.Declaration.Exclusive,
        PlainTable.From(queue.Arguments.Table))
    {
        Policy = queue.Policies.User?.Name,
        OperatorPolicy = queue.Policies.Operator?.Name,
        EffectivePolicy = PlainTable.From(queue.Policies.Definition),
        ReadyMessages = queue.ReadyCount,
        UnackedMessages = queue.UnackedCount,
        DelayedMessages = queue.DelayedCount,
        ReadyBytes = queue.ReadyBytes,
        Consumers = queue.Consumers.Count,
        ExclusiveConsumerTag = queue.Consumers.HasExclusive ? Text(queue.Consumers.All[0].Tag) : null,
        SingleActiveConsumerTag = queue.Consumers.Active is { } active ? Text(active.Tag) : null,
        OwnerConnection = queue.Owner?.Identity.ConnectionName,
    };

    internal static ExchangeInfo Of(Exchange exchange, string virtualHost) => new(
        Text(exchange.Name),
        virtualHost,
        Text(exchange.Type.Name),
        exchange.Durable,
        exchange.AutoDelete,
        exchange.Internal,
        PlainTable.From(exchange.Arguments))
    {
        Policy = exchange.Policies.User?.Name,
        DelayedMessages = exchange.Hold is DelayQueue delayed ? delayed.ReadyCount : null,
    };

    internal static BindingInfo Of(Binding binding, string virtualHost) => new(
        Text(binding.Source.Name),
        virtualHost,
        Text(binding.Destination.Name),
        binding.Destination.IsExchange,
        Text(binding.RoutingKey),
        PlainTable.From(binding.Arguments),
        binding.Arguments.IsEmpty ? 0 : Hash(binding.Arguments.RawBytes.Span));

    /// <summary>The binding that every queue has to the default exchange, which keeps none.</summary>
    internal static BindingInfo DefaultBinding(MessageQueue queue, string virtualHost)
    {
        string name = Text(queue.Name);
        return new BindingInfo("", virtualHost, name, ToExchange: false, name, PlainTable.Empty, 0);
    }

    internal static QueueTotals TotalsOf(MessageQueue queue) =>
        new(1, 0, queue.Consumers.Count, queue.ReadyCount, queue.UnackedCount, queue.ReadyBytes);

    /// <summary>Not <see cref="ShortString.ToString"/>, which keeps the text for as long as the name lives.</summary>
    internal static string Text(ShortString name) => Encoding.UTF8.GetString(name.Bytes);

    /// <summary>FNV-1a, which is the same in every process: a binding's key in URLs survives a restart. Never 0.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 16777619;
        }

        return Math.Max(1, hash);
    }
}
