using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>Matches the bindings whose key is the routing key.</summary>
internal sealed class DirectExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("direct", properties => new DirectExchange(properties));

    private readonly Dictionary<ShortString, BindingList> _byKey = [];

    private DirectExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        Match(input.RoutingKey, sink);
        foreach (ShortString key in input.ExtraKeys)
        {
            Match(key, sink);
        }
    }

    internal override void AddMatch(Binding binding)
    {
        if (!_byKey.TryGetValue(binding.RoutingKey, out BindingList? bindings))
        {
            _byKey.Add(binding.RoutingKey, bindings = new BindingList(BindingRole.Matching));
        }

        bindings.Add(binding);
    }

    internal override void RemoveMatch(Binding binding)
    {
        BindingList bindings = _byKey[binding.RoutingKey];
        bindings.Remove(binding);
        if (bindings.Count == 0)
        {
            _byKey.Remove(binding.RoutingKey);
        }
    }

    private void Match(ShortString key, MatchSink sink)
    {
        if (_byKey.TryGetValue(key, out BindingList? bindings))
        {
            sink.Add(bindings);
        }
    }
}
