using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Leads each message by one of its bindings: the hash of its keys, modulo the number of bindings, says which, in the order
/// in which they were made. A change of the bindings moves most keys.
/// </summary>
internal sealed class ModulusHashExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("x-modulus-hash", properties => new ModulusHashExchange(properties));

    private readonly List<Binding> _all = [];

    private ModulusHashExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (_all.Count == 0)
        {
            return;
        }

        ulong hash = StableHash.Of(input.RoutingKey.Bytes);
        foreach (ShortString key in input.ExtraKeys)
        {
            hash = StableHash.Of(key.Bytes, hash);
        }

        sink.Add(_all[(int)(hash % (ulong)_all.Count)].Destination);
    }

    internal override void AddMatch(Binding binding) => _all.Add(binding);

    internal override void RemoveMatch(Binding binding) => _all.Remove(binding);
}
