using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Queues;

/// <summary>
/// The messages that an <c>x-delayed-message</c> exchange has delayed, in order of the time at which they are routed. A queue
/// like any other to journal, checkpoint and timer, but that nobody can name, declare or consume from. Lane only.
/// </summary>
internal sealed class DelayQueue(VirtualHost host, Exchange exchange)
    : MessageQueue(host, exchange.StateId, HoldNames.Declaration(exchange), QueueArguments.FromValidated(FieldTable.Empty))
{
    /// <summary>When its delay ends; an expiration counts from then on.</summary>
    internal override long DeadlineFor(Message message, long nowMs) => nowMs + DelayHeader.DelayMs(message.HeaderTable);

    private protected override bool ExpiryWantsMessages => true;

    private protected override void EndExpired(QueueEntry entry)
    {
        Host.Held.Release(exchange, entry.Message!);
        Settle(entry);
    }
}
