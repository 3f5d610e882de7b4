using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>The <c>x-match</c> argument of a binding of a headers exchange.</summary>
/// <param name="All">Whether all headers must match; otherwise one is enough.</param>
/// <param name="WithX">Whether arguments that begin with <c>x-</c> take part.</param>
internal readonly record struct HeadersMatchMode(bool All, bool WithX)
{
    private static ReadOnlySpan<byte> ArgumentName => "x-match"u8;

    /// <summary>The mode that these binding arguments ask for; <c>all</c> if they do not say.</summary>
    /// <exception cref="ChannelException">406: not one of the four modes.</exception>
    public static HeadersMatchMode Parse(FieldTable arguments)
    {
        if (!arguments.TryGetValue(ArgumentName, out FieldValue value))
        {
            return new HeadersMatchMode(All: true, WithX: false);
        }

        if (value.Type != FieldType.LongString)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field type {value.RabbitTypeName} (value {ErlangTerm.Format(value)}); expected longstr");
        }

        ReadOnlySpan<byte> mode = value.Payload.Span;
        return mode switch
        {
            _ when mode.SequenceEqual("all"u8) => new HeadersMatchMode(All: true, WithX: false),
            _ when mode.SequenceEqual("any"u8) => new HeadersMatchMode(All: false, WithX: false),
            _ when mode.SequenceEqual("all-with-x"u8) => new HeadersMatchMode(All: true, WithX: true),
            _ when mode.SequenceEqual("any-with-x"u8) => new HeadersMatchMode(All: false, WithX: true),
            _ => throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field value {ErlangTerm.Format(value)}; expected all, any, all-with-x, or any-with-x"),
        };
    }

    /// <summary>Whether the argument of this name says nothing about headers; then it neither helps nor hinders a match.</summary>
    public bool Skips(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(ArgumentName) || (!WithX && name.StartsWith("x-"u8));
}
