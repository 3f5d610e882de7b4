using AmqpBroker.Core.Exchanges;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Goes through a list of bindings over many turns, from the newest down: closing gaps moves bindings down only, so none is
/// missed and some may be met twice. Lane only.
/// </summary>
internal sealed class PlaceWalk(Action<Binding> visit)
{
    private int _place = int.MaxValue;

    /// <summary>Visits the next ones. Gives true while there are more.</summary>
    internal bool Continue(ReadOnlySpan<Binding?> places)
    {
        _place = Math.Min(_place, places.Length);
        for (int left = DestinationWalk<Exchange>.VisitsPerTurn; left > 0 && _place > 0; left--)
        {
            if (places[--_place] is { } binding)
            {
                visit(binding);
            }
        }

        return _place > 0;
    }
}
