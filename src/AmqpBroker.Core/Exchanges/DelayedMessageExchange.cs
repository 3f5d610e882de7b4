using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Keeps a message with an <c>x-delay</c> header until its delay is over, and routes it then, by the bindings that there are
/// then and the rules of the type that the argument <c>x-delayed-type</c> names. Other messages are routed at once. A message
/// that is kept counts as routed: it is not returned, and no alternate exchange gets it.
/// </summary>
internal sealed class DelayedMessageExchange : Exchange
{
    private const string TypeArgument = "x-delayed-type";

    public static readonly ExchangeType ExchangeType =
        new("x-delayed-message", properties => new DelayedMessageExchange(properties)) { KeepsState = true, CheckArguments = Check };

    private readonly Exchange _rules;

    private DelayedMessageExchange(ExchangeProperties properties)
        : base(ExchangeType, properties) => _rules = RulesOf(properties).Create(properties);

    public override void CheckBinding(Binding binding) => _rules.CheckBinding(binding);

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (Hold is { } hold && DelayHeader.DelayMs(input.Headers) > 0)
        {
            sink.Add(hold);
        }
        else
        {
            _rules.Match(in input, sink);
        }
    }

    internal override MessageQueue CreateHold(VirtualHost host) => new DelayQueue(host, this);

    internal override void AddMatch(Binding binding) => _rules.AddMatch(binding);

    internal override void RemoveMatch(Binding binding) => _rules.RemoveMatch(binding);

    /// <exception cref="ChannelException">406: there is no such argument, or its type cannot be used so.</exception>
    /// <exception cref="ConnectionException">503: there is no such type.</exception>
    private static void Check(ExchangeProperties properties, string virtualHost) =>
        RulesOf(properties).CheckArguments?.Invoke(properties, virtualHost);

    private static ExchangeType RulesOf(ExchangeProperties properties)
    {
        if (Equivalence.Find(properties.Arguments, TypeArgument) is not { } name
            || !name.TryGetBytes(out ReadOnlyMemory<byte> bytes)
            || bytes.Length > ShortString.MaxLength)
        {
            throw Refused($"Invalid argument, '{TypeArgument}' must be an existing exchange type");
        }

        ExchangeType type = ExchangeTypes.Get(ShortString.FromBytes(bytes.Span));
        return type.KeepsState ? throw Refused($"Invalid argument, '{type}' can't be used for '{TypeArgument}'") : type;
    }

    private static ChannelException Refused(string text) => new(ReplyCode.PreconditionFailed, text);
}
