using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The exchange without a name: every queue is bound to it by its own name, and nothing else ever is. Keeps no
/// bindings, but asks the virtual host for the queue.
/// </summary>
public sealed class DefaultExchange : Exchange
{
    private readonly Func<ShortString, Destination?> _findQueue;

    /// <summary>The default exchange of a virtual host that finds its queues with <paramref name="findQueue"/> (null: there is none of this name).</summary>
    public DefaultExchange(Func<ShortString, Destination?> findQueue)
        : base(
            DirectExchange.ExchangeType,
            new ExchangeProperties(ShortString.Empty, Durable: true, AutoDelete: false, Internal: false, FieldTable.Empty))
    {
        ArgumentNullException.ThrowIfNull(findQueue);
        _findQueue = findQueue;
    }

    /// <inheritdoc/>
    public override void Match(in RoutingInput input, MatchSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Match(input.RoutingKey, sink);
        foreach (ShortString key in input.ExtraKeys)
        {
            Match(key, sink);
        }
    }

    internal override void AddMatch(Binding binding) => throw Refused();

    internal override void RemoveMatch(Binding binding) => throw Refused();

    private static InvalidOperationException Refused() => new("The virtual host refuses bindings of the default exchange.");

    private void Match(ShortString key, MatchSink sink)
    {
        if (_findQueue(key) is { } queue)
        {
            sink.Add(queue);
        }
    }
}
