using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Finds the queues a message goes to, through exchanges bound to exchanges and through alternate exchanges. One for
/// each virtual host, used inside its lane. Every destination that a route meets gets the stamp of that route, so each
/// queue is found once and cycles end, without a set that would be allocated.
/// </summary>
public sealed class Router
{
    private readonly Func<ShortString, Exchange?> _findExchange;
    private readonly MatchSink _sink;
    private long _stamp;

    /// <summary>
    /// A router that resolves alternate exchanges with <paramref name="findExchange"/> (null: there is none of this name), and
    /// takes the seed of random choices from <paramref name="fillRandom"/> (null: always the same).
    /// </summary>
    public Router(Func<ShortString, Exchange?> findExchange, Action<Span<byte>>? fillRandom = null)
    {
        ArgumentNullException.ThrowIfNull(findExchange);
        _findExchange = findExchange;
        _sink = new MatchSink(fillRandom);
    }

    /// <summary>
    /// Fills <paramref name="result"/> with the queues that a message published to <paramref name="exchange"/> goes to.
    /// An exchange that matches nothing, neither queue nor exchange, hands over to its alternate exchange.
    /// </summary>
    public void Route(Exchange exchange, in RoutingInput input, RouteResult result)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(result);
        result.Clear();
        _sink.Begin(++_stamp, result);
        _sink.Add(exchange);
        while (_sink.Next() is { } current)
        {
            current.Match(in input, _sink);
            if (!_sink.Matched && current.AlternateExchange is { } name)
            {
                AddAlternate(name);
            }
        }
    }

    /// <summary>The default exchange as an alternate leads nowhere, as in RabbitMQ: its implicit bindings hold for publishes to it only.</summary>
    private void AddAlternate(ShortString name)
    {
        if (_findExchange(name) is { } alternate and not DefaultExchange)
        {
            _sink.Add(alternate);
        }
    }
}
