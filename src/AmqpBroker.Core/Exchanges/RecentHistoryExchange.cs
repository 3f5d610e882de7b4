using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Matches all its bindings, whatever the key, and keeps its last messages: what is bound to it later gets them at once. The
/// argument <c>x-recent-history-length</c> says how many; a message with the header <c>x-recent-history-no-store</c> is not kept.
/// </summary>
internal sealed class RecentHistoryExchange : Exchange
{
    public static readonly ExchangeType ExchangeType =
        new("x-recent-history", properties => new RecentHistoryExchange(properties)) { KeepsState = true, CheckArguments = Check };

    /// <summary>The most messages kept: a binding gets them all in one command, which holds the lane for some microseconds each.</summary>
    internal const int LongestHistory = 10_000;

    private const string LengthArgument = "x-recent-history-length";

    /// <summary>RabbitMQ's default.</summary>
    private const int DefaultHistory = 20;

    private readonly BindingList _all = new(BindingRole.Matching);

    private RecentHistoryExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    private static ReadOnlySpan<byte> NoStore => "x-recent-history-no-store"u8;

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (Hold is { } hold && !IsNotStored(input.Headers))
        {
            sink.Keep(hold);
        }

        sink.Add(_all);
    }

    internal override MessageQueue CreateHold(VirtualHost host) => new HistoryQueue(host, this, Length(Arguments));

    internal override void AddMatch(Binding binding) => _all.Add(binding);

    internal override void RemoveMatch(Binding binding) => _all.Remove(binding);

    private static bool IsNotStored(ReadOnlySpan<byte> headers) =>
        HeaderFields.TryFind(headers, NoStore, out FieldType type, out ReadOnlySpan<byte> payload)
        && type == FieldType.Boolean
        && payload[0] != 0;

    private static int Length(FieldTable arguments) =>
        Equivalence.Find(arguments, LengthArgument) is { } length ? (int)Math.Min(length.AsInt64(), LongestHistory) : DefaultHistory;

    /// <exception cref="ChannelException">406: the length is not a positive number of a signed type.</exception>
    private static void Check(ExchangeProperties properties, string virtualHost)
    {
        if (Equivalence.Find(properties.Arguments, LengthArgument) is not { } length)
        {
            return;
        }

        bool isSigned = length.Type is FieldType.Byte or FieldType.Short or FieldType.SignedInt or FieldType.Long or FieldType.LongAlias;
        if (!isSigned || length.AsInt64() <= 0)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid argument {ErlangTerm.Format(length)}, '{LengthArgument}' must be a positive integer");
        }
    }
}
