using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// As <see cref="RandomExchange"/>, for queues on the node that a publisher is connected to: here all are. Bindings have no
/// key and lead to queues.
/// </summary>
internal sealed class LocalRandomExchange : RandomExchange
{
    public static new readonly ExchangeType ExchangeType =
        new("x-local-random", properties => new LocalRandomExchange(properties));

    private LocalRandomExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    public override void CheckBinding(Binding binding)
    {
        if (!binding.RoutingKey.IsEmpty)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"Non empty binding '{binding.RoutingKey}' key not permitted");
        }

        if (binding.Destination.IsExchange)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "Destination not found");
        }
    }
}
