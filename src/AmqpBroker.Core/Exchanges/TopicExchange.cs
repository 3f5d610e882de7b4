using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Matches binding keys as patterns of words between dots: <c>*</c> stands for one word, <c>#</c> for any number of
/// them, none included.
/// </summary>
internal sealed class TopicExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("topic", properties => new TopicExchange(properties));

    private TopicExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    /// <summary>The patterns, for tests that look at the work done.</summary>
    internal TopicTrie Patterns { get; } = new();

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        Patterns.Match(input.RoutingKey.Bytes, sink);
        foreach (ShortString key in input.ExtraKeys)
        {
            Patterns.Match(key.Bytes, sink);
        }
    }

    internal override void AddMatch(Binding binding) => Patterns.Add(binding.RoutingKey.Bytes, binding);

    internal override void RemoveMatch(Binding binding) => Patterns.Remove(binding.RoutingKey.Bytes, binding);
}
