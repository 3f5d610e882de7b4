namespace AmqpBroker.Core.Exchanges;

/// <summary>Leads each message by one of its bindings, chosen at random, whatever the key.</summary>
internal class RandomExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("x-random", properties => new RandomExchange(ExchangeType!, properties));

    private readonly BindingList _all = new(BindingRole.Matching);

    private protected RandomExchange(ExchangeType type, ExchangeProperties properties)
        : base(type, properties)
    {
    }

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (_all.Count == 0)
        {
            return;
        }

        // At least half of the places hold a binding, so this tries twice on average.
        ReadOnlySpan<Binding?> places = _all.Places;
        Binding? chosen;
        do
        {
            chosen = places[sink.NextRandom(places.Length)];
        }
        while (chosen is null);
        sink.Add(chosen.Destination);
    }

    internal override void AddMatch(Binding binding) => _all.Add(binding);

    internal override void RemoveMatch(Binding binding) => _all.Remove(binding);
}
