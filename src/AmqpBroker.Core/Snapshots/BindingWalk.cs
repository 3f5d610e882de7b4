using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Goes through the bindings of all exchanges over many turns. Within an exchange it goes from the newest down, as in
/// <see cref="Registry{T}"/>: closing gaps moves bindings down only, so none is missed and some may be met twice. Lane only.
/// </summary>
internal sealed class BindingWalk(Action<Binding> visit)
{
    private int _exchangePlace = int.MaxValue;
    private Exchange? _exchange;
    private int _bindingPlace;

    /// <summary>Visits the next ones. Gives true while there are more.</summary>
    internal bool Continue(Registry<Exchange> exchanges)
    {
        // Gaps and exchanges without bindings count too: they cost time as well.
        int left = DestinationWalk<Exchange>.VisitsPerTurn;
        while (left > 0)
        {
            if (_exchange is null)
            {
                _exchangePlace = Math.Min(_exchangePlace, exchanges.Count);
                if (_exchangePlace == 0)
                {
                    return false;
                }

                _exchange = exchanges[--_exchangePlace];
                _bindingPlace = int.MaxValue;
            }

            left = VisitBindings(_exchange, left - 1);
        }

        return true;
    }

    private int VisitBindings(Exchange exchange, int left)
    {
        ReadOnlySpan<Binding?> places = exchange.BindingPlaces;
        _bindingPlace = Math.Min(_bindingPlace, places.Length);
        for (; left > 0 && _bindingPlace > 0; left--)
        {
            if (places[--_bindingPlace] is { } binding)
            {
                visit(binding);
            }
        }

        if (_bindingPlace == 0)
        {
            _exchange = null;
        }

        return left;
    }
}
