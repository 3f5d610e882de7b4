using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Goes through the consumers of all queues over many turns. Within a queue it goes from the newest down: removing one moves
/// others down only, so none is missed and some may be met twice. Lane only.
/// </summary>
internal sealed class ConsumerWalk(Action<Consumer> visit)
{
    private int _queuePlace = int.MaxValue;
    private MessageQueue? _queue;
    private int _place;

    /// <summary>Visits the next ones. Gives true while there are more.</summary>
    internal bool Continue(Registry<MessageQueue> queues)
    {
        int left = DestinationWalk<MessageQueue>.VisitsPerTurn;
        while (left > 0)
        {
            if (_queue is null)
            {
                _queuePlace = Math.Min(_queuePlace, queues.Count);
                if (_queuePlace == 0)
                {
                    return false;
                }

                _queue = queues[--_queuePlace];
                _place = int.MaxValue;
            }

            left = Visit(_queue, left - 1);
        }

        return true;
    }

    private int Visit(MessageQueue queue, int left)
    {
        _place = Math.Min(_place, queue.Consumers.Count);
        for (; left > 0 && _place > 0; left--)
        {
            visit(queue.Consumers.All[--_place]);
        }

        if (_place == 0)
        {
            _queue = null;
        }

        return left;
    }
}
