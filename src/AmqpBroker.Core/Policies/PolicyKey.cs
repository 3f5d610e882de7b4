using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// A key that policies may set: what its value must be, whether operators may set it, and for which types of queues it is
/// not. A policy that holds a key which is not for a type of queue does not hold for queues of that type at all, as in
/// RabbitMQ 3.10.8.
/// </summary>
/// <param name="Name">As in definitions.</param>
/// <param name="Noun">For the text: the value "is not a valid …".</param>
/// <param name="IsValid">Whether a plain value will do.</param>
internal sealed record PolicyKey(string Name, string Noun, Func<object?, bool> IsValid)
{
    /// <summary>Every key. Those that mean something here: see <see cref="PolicyValues"/>; the rest is accepted and ignored.</summary>
    internal static readonly IReadOnlyDictionary<string, PolicyKey> All = new PolicyKey[]
    {
        new("alternate-exchange", "alternate exchange name", IsName),
        new("dead-letter-exchange", "dead letter exchange name", IsName),
        new("dead-letter-routing-key", "dead letter routing key", IsName),
        new("dead-letter-strategy", "dead letter strategy", OneOf("at-most-once", "at-least-once")) { NotForClassic = true },
        new("message-ttl", "message TTL", IsNatural) { ForOperators = true },
        new("expires", "queue expiry", IsPositive) { ForOperators = true },
        new("max-length", "maximum length", IsNatural) { ForOperators = true },
        new("max-length-bytes", "maximum length in bytes", IsNatural) { ForOperators = true },
        new("max-in-memory-length", "maximum memory in bytes", IsNatural) { ForOperators = true },
        new("max-in-memory-bytes", "maximum memory in bytes", IsNatural) { ForOperators = true },
        new("delivery-limit", "delivery limit", IsNatural) { ForOperators = true },
        new("overflow", "overflow value", OneOf("drop-head", "reject-publish", "reject-publish-dlx")) { ForOperators = true },
        new("consumer-timeout", "consumer timeout", IsNatural),
        new("delayed-retry-type", "delayed retry type", OneOf("disabled", "all", "failed", "returned")),
        new("delayed-retry-min", "delayed retry delay", IsNatural),
        new("delayed-retry-max", "delayed retry delay", IsNatural),
        new("queue-mode", "queue-mode value", OneOf("default", "lazy")) { NotForQuorum = true },
        new("queue-version", "queue-version value", static v => v is 1L or 2L) { ForOperators = true },
        new("queue-leader-locator", "queue leader locator value", OneOf("client-local", "balanced", "random", "least-leaders")) { NotForClassic = true },
        new("queue-master-locator", "queue-master-locator value", OneOf("client-local", "min-masters", "random")) { Verb = "invalid", NotForQuorum = true },
        new("initial-cluster-size", "cluster size", IsNatural) { NotForClassic = true, NotForQuorum = true },
        new("target-group-size", "target group size", IsPositive) { NotForClassic = true },
        new("max-age", "max age", IsAge) { NotForClassic = true, NotForQuorum = true },
        new("stream-max-segment-size-bytes", "segment size", static v => v is >= 0L and <= 3_000_000_000L) { NotForClassic = true, NotForQuorum = true },
        new("stream-filter-size-bytes", "filter size", static v => v is >= 16L and <= 255L) { NotForClassic = true, NotForQuorum = true },
        new("ha-mode", "ha-mode value", OneOf("all", "exactly", "nodes")) { NotForQuorum = true },
        new("ha-params", "ha-params value", static v => v is long || IsListOfStrings(v)) { NotForQuorum = true },
        new("ha-sync-mode", "ha-sync-mode value", OneOf("automatic", "manual")) { NotForQuorum = true },
        new("ha-sync-batch-size", "ha-sync-batch-size value", IsPositive),
        new("ha-promote-on-shutdown", "ha-promote-on-shutdown value", OneOf("always", "when-synced")) { NotForQuorum = true },
        new("ha-promote-on-failure", "ha-promote-on-failure value", OneOf("always", "when-synced")) { NotForQuorum = true },
        new("federation-upstream", "federation upstream", IsString),
        new("federation-upstream-set", "federation upstream set", IsString),
        new("federation-upstream-pattern", "federation upstream pattern", IsString),
    }.ToDictionary(static k => k.Name);

    /// <summary>For the text, between the value and the noun.</summary>
    internal string Verb { get; init; } = "is not a valid";

    /// <summary>Operator policies may set it.</summary>
    internal bool ForOperators { get; init; }

    internal bool NotForClassic { get; init; }

    internal bool NotForQuorum { get; init; }

    private static bool IsNatural(object? value) => value is >= 0L;

    private static bool IsPositive(object? value) => value is > 0L;

    private static bool IsString(object? value) => value is string;

    /// <summary>A text that can be a name: longer than a short string nothing could have it.</summary>
    private static bool IsName(object? value) => value is string text && Encoding.UTF8.GetByteCount(text) <= ShortString.MaxLength;

    private static bool IsListOfStrings(object? value) => value is IReadOnlyList<object?> list && list.All(IsString);

    /// <summary>Digits and a unit, as in 7D.</summary>
    private static bool IsAge(object? value) =>
        value is string { Length: > 1 } text && "YMDhms".Contains(text[^1], StringComparison.Ordinal) && text[..^1].All(char.IsAsciiDigit);

    private static Func<object?, bool> OneOf(params string[] values) => value => value is string text && values.Contains(text);
}
