namespace AmqpBroker.Core.Exchanges;

/// <summary>Matches all its bindings, whatever the key.</summary>
internal sealed class FanoutExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("fanout", properties => new FanoutExchange(properties));

    private readonly BindingList _all = new(BindingRole.Matching);

    private FanoutExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    public override void Match(in RoutingInput input, MatchSink sink) => sink.Add(_all);

    internal override void AddMatch(Binding binding) => _all.Add(binding);

    internal override void RemoveMatch(Binding binding) => _all.Remove(binding);
}
