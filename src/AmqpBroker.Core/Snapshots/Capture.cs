using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Snapshots;

/// <summary>Copies what there is to know about one thing. Lane only; the copies may go anywhere.</summary>
internal static class Capture
{
    internal static QueueInfo Of(MessageQueue queue, string virtualHost, bool withHistory = false) => new(
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
        UnackedBytes = queue.UnackedBytes,
        DelayedMessages = queue.DelayedCount,
        ReadyBytes = queue.ReadyBytes,
        WarmMessages = queue.WarmCount,
        ConsumerCapacity = queue.Consumers.Count > 0 && queue.ReadyCount == 0 ? 1 : 0,
        Reading = queue.Read(withHistory),
        Consumers = queue.Consumers.Count,
        ExclusiveConsumerTag = queue.Consumers.HasExclusive ? Text(queue.Consumers.All[0].Tag) : null,
        SingleActiveConsumerTag = queue.Consumers.Active is { } active ? Text(active.Tag) : null,
        OwnerConnection = queue.Owner?.Identity.ConnectionName,
    };

    internal static ExchangeInfo Of(Exchange exchange, VirtualHost host, string virtualHost, bool withHistory = false) => new(
        Text(exchange.Name),
        virtualHost,
        Text(exchange.Type.Name),
        exchange.Durable,
        exchange.AutoDelete,
        exchange.Internal,
        PlainTable.From(exchange.Arguments))
    {
        Policy = exchange.Policies.User?.Name,
        Reading = exchange.Meter?.Read(host.Meters, withHistory),
        DelayedMessages = exchange.Hold is DelayQueue delayed ? delayed.ReadyCount : null,
    };

    internal static BindingInfo Of(Binding binding, string virtualHost) => new(
        Text(binding.Source.Name),
        virtualHost,
        Text(binding.Destination.Name),
        binding.Destination.IsExchange,
        Text(binding.RoutingKey),
        PlainTable.From(binding.Arguments),
        HashOf(binding.Arguments));

    /// <summary>The binding that every queue has to the default exchange, which keeps none.</summary>
    internal static BindingInfo DefaultBinding(string queue, string virtualHost) =>
        new("", virtualHost, queue, ToExchange: false, queue, PlainTable.Empty, 0);

    internal static QueueTotals TotalsOf(MessageQueue queue) =>
        new(1, 0, queue.Consumers.Count, queue.ReadyCount, queue.UnackedCount, queue.ReadyBytes);

    internal static ConsumerInfo Of(Consumer consumer, string virtualHost) => new(
        Text(consumer.Tag),
        Text(consumer.Queue.Name),
        virtualHost,
        consumer.Channel.Session.Identity.ConnectionName,
        consumer.Channel.Number,
        Text(consumer.Channel.Session.Identity.User.Name),
        PlainTable.From(consumer.Arguments))
    {
        AutoAck = consumer.NoAck,
        Exclusive = consumer.Exclusive,
        Active = consumer.Queue.Consumers.Active is not { } active || ReferenceEquals(active, consumer),
        SingleActive = consumer.Queue.Consumers.Active is not null,
        Prefetch = consumer.Prefetch,
        TimeoutMs = consumer.TimeoutMs,
    };

    /// <summary>Not <see cref="ShortString.ToString"/>, which keeps the text for as long as the name lives.</summary>
    internal static string Text(ShortString name) => Encoding.UTF8.GetString(name.Bytes);

    /// <summary>Tells arguments apart; 0 for none.</summary>
    internal static uint HashOf(FieldTable arguments) => arguments.IsEmpty ? 0 : Hash(arguments.RawBytes.Span);

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
