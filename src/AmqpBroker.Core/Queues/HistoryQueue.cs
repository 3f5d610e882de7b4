using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Queues;

/// <summary>
/// The last messages of an <c>x-recent-history</c> exchange. A queue like any other to journal and checkpoint, which drops its
/// oldest message for a new one, but that nobody can name, declare or consume from. Lane only.
/// </summary>
internal sealed class HistoryQueue(VirtualHost host, Exchange exchange, int length)
    : MessageQueue(host, exchange.StateId, HoldNames.Declaration(exchange), Arguments(length))
{
    /// <summary>Never: an expiration counts from when a message reaches a queue.</summary>
    internal override long DeadlineFor(Message message, long nowMs) => QueueEntry.Never;

    /// <summary>A new binding gets all of them at once.</summary>
    internal override bool MayCool => false;

    private static new QueueArguments Arguments(int length) => QueueArguments.FromValidated(
        new FieldTableBuilder().Append("x-max-length", FieldValue.FromInt32(length)).Build());
}
