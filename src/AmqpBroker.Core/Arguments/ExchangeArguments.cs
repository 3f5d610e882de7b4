using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>The arguments of exchange.declare, and the comparison of a repeated declaration.</summary>
public static class ExchangeArguments
{
    private const string AlternateExchangeName = "alternate-exchange";

    private static readonly string[] s_compared = [AlternateExchangeName];

    /// <summary>
    /// Validates the arguments of an exchange that does not exist yet, and gives its alternate exchange (null: none). The
    /// type has been looked up before (<see cref="ExchangeTypes.Get"/>): an unknown one comes first.
    /// </summary>
    /// <exception cref="ChannelException">406: an argument is not valid.</exception>
    public static ShortString? Parse(FieldTable arguments, ShortString name, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (Equivalence.Find(arguments, AlternateExchangeName) is not { } value)
        {
            return null;
        }

        string subject = Subject.Exchange(name, virtualHost);
        if (value.Type != FieldType.LongString)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"invalid type '{value.RabbitTypeName}' for arg '{AlternateExchangeName}' in {subject}");
        }

        return ArgumentChecks.Name(value) is { } reason
            ? throw new ChannelException(
                ReplyCode.PreconditionFailed, $"invalid arg '{AlternateExchangeName}' for {subject}: {reason}")
            : ShortString.FromBytes(value.Payload.Span);
    }

    /// <summary>
    /// Compares a declaration with the exchange that exists: type, durable, auto_delete, internal, then the alternate
    /// exchange and what the type adds. The received arguments are not validated, as in RabbitMQ.
    /// </summary>
    /// <exception cref="ChannelException">406: they differ.</exception>
    public static void CheckEquivalent(Exchange current, ExchangeType type, ExchangeProperties received, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(received);
        string subject = Subject.Exchange(current.Name, virtualHost);
        Equivalence.Check("type", subject, type.Name, current.Type.Name);
        Equivalence.Check("durable", subject, received.Durable, current.Durable);
        Equivalence.Check("auto_delete", subject, received.AutoDelete, current.AutoDelete);
        Equivalence.Check("internal", subject, received.Internal, current.Internal);
        Equivalence.Check(s_compared, subject, received.Arguments, current.Arguments);
        Equivalence.Check(current.Type.ComparedArguments, subject, received.Arguments, current.Arguments);
    }
}
