using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>What a binding of a headers exchange asks for, ready for matching.</summary>
/// <param name="all">Whether all conditions must hold; otherwise one is enough.</param>
/// <param name="conditions">The conditions. Without any, <c>all</c> matches everything and <c>any</c> nothing.</param>
internal sealed class HeadersPattern(bool all, HeaderCondition[] conditions)
{
    public HeaderCondition[] Conditions => conditions;

    /// <summary>Whether the message with this stamp and these headers matches.</summary>
    public bool Matches(long stamp, ReadOnlySpan<byte> headers)
    {
        foreach (HeaderCondition condition in conditions)
        {
            if (condition.Holds(stamp, headers) != all)
            {
                return !all;
            }
        }

        return all;
    }
}

/// <summary>One header and the value it must have; void asks only that the header is there.</summary>
internal readonly record struct HeaderCondition(WantedHeader Header, FieldValue Value)
{
    public bool Holds(long stamp, ReadOnlySpan<byte> headers) =>
        Header.Stamp == stamp
        && (Value.Type == FieldType.Void
            || TermEquality.AreEqual(Value, Header.Type, headers.Slice(Header.PayloadOffset, Header.PayloadLength)));
}
