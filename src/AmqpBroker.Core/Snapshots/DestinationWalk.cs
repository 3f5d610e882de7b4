using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>Goes through a registry over many turns, as <see cref="Registry{T}"/> says. Lane only.</summary>
internal sealed class DestinationWalk<T>(Action<T> visit)
    where T : Destination
{
    /// <summary>Of one turn: a visit copies a dozen fields, a few hundred nanoseconds, so this stays below 0.1 ms.</summary>
    internal const int VisitsPerTurn = 256;

    private int _place = int.MaxValue;

    /// <summary>Visits the next ones. Gives true while there are more.</summary>
    internal bool Continue(Registry<T> registry)
    {
        _place = Math.Min(_place, registry.Count);
        for (int left = VisitsPerTurn; left > 0 && _place > 0; left--)
        {
            visit(registry[--_place]);
        }

        return _place > 0;
    }
}
