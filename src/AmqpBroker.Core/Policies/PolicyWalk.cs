using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// Brings the policies that hold now to all exchanges and queues, over as many turns of the lane as it takes. What is declared
/// meanwhile takes them by itself; several walks at a time do each other no harm. Lane only.
/// </summary>
internal sealed class PolicyWalk(VirtualHost host)
{
    /// <summary>Of one turn: a try of a pattern takes some 200 ns, so this stays below a millisecond.</summary>
    private const int TriesPerTurn = 4096;

    /// <summary>What visiting takes besides its tries, counted in tries.</summary>
    private const int TriesPerVisit = 16;

    private int _exchange = int.MaxValue;
    private int _queue = int.MaxValue;

    /// <summary>Visits the next ones. Gives true while there are more.</summary>
    internal bool Continue()
    {
        int visits = Math.Max(1, TriesPerTurn / (host.Policies.Count + TriesPerVisit));
        Registry<Exchange> exchanges = host.ExchangeRegistry;
        for (_exchange = Math.Min(_exchange, exchanges.Count); _exchange > 0 && visits > 0; visits--)
        {
            host.ApplyPolicies(exchanges[--_exchange]);
        }

        int drops = MessageQueue.DroppedPerTick;
        Registry<MessageQueue> queues = host.QueueRegistry;
        for (_queue = Math.Min(_queue, queues.Count); _queue > 0 && visits > 0 && drops > 0; visits--)
        {
            drops -= host.ApplyPolicies(queues[--_queue]);
        }

        return _exchange > 0 || _queue > 0;
    }
}
