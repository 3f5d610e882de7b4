using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Leads each message to one of its destinations, chosen by a hash of the message: the same hash always leads to the same
/// destination as long as the bindings are the same. Binding keys are weights. Of several bindings to one destination the
/// oldest gives the weight.
/// </summary>
internal sealed class ConsistentHashExchange : Exchange
{
    public static readonly ExchangeType ExchangeType =
        new("x-consistent-hash", properties => new ConsistentHashExchange(properties)) { CheckArguments = HashSource.Check };

    private readonly HashSource _source;
    private readonly HashBuckets _buckets = new();
    private readonly Dictionary<Destination, List<Binding>> _bindings = [];

    private ConsistentHashExchange(ExchangeProperties properties)
        : base(ExchangeType, properties) => _source = new HashSource(properties.Arguments);

    public override void CheckBinding(ShortString routingKey, FieldTable arguments)
    {
        double? weight = Weight(routingKey.Bytes);
        if (weight is null)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"The binding key must be an integer: {ErlangTerm.FormatBinary(routingKey.Bytes)}");
        }

        if (weight < 1)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "The binding key must be greater than 0");
        }
    }

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (!_buckets.IsEmpty)
        {
            sink.Add(_buckets.Find(_source.Hash(in input)));
        }
    }

    internal override void AddMatch(Binding binding)
    {
        if (_bindings.TryGetValue(binding.Destination, out List<Binding>? others))
        {
            others.Add(binding);
            return;
        }

        _bindings.Add(binding.Destination, [binding]);
        AddBuckets(binding);
    }

    internal override void RemoveMatch(Binding binding)
    {
        List<Binding> bindings = _bindings[binding.Destination];
        bool gaveWeight = ReferenceEquals(bindings[0], binding);
        bindings.Remove(binding);
        if (gaveWeight)
        {
            _buckets.Remove(binding.Destination);
        }

        if (bindings.Count == 0)
        {
            _bindings.Remove(binding.Destination);
        }
        else if (gaveWeight)
        {
            AddBuckets(bindings[0]);
        }
    }

    private void AddBuckets(Binding binding) => _buckets.Add(binding.Destination, Weight(binding.RoutingKey.Bytes)!.Value);

    /// <summary>The binding key as a whole number, with or without a sign; null if it is none. Beyond 2^53 it is rounded.</summary>
    private static double? Weight(ReadOnlySpan<byte> key)
    {
        bool negative = key is [(byte)'-', ..];
        ReadOnlySpan<byte> digits = key is [(byte)'-' or (byte)'+', ..] ? key[1..] : key;
        if (digits.IsEmpty)
        {
            return null;
        }

        double value = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return null;
            }

            value = (value * 10) + (digit - '0');
        }

        return negative ? -value : value;
    }
}
