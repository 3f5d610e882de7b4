using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>A known argument of queue.declare: which queue types have it, and what its value must be.</summary>
internal sealed class QueueArgumentRule(string name, bool classic, bool quorum, Func<FieldValue, string?> check)
{
    /// <summary>
    /// Every known argument, in the order in which RabbitMQ 3.10.8 looks at them. Here <c>x-delivery-limit</c> and
    /// <c>x-queue-leader-locator</c> are arguments of classic queues as well, as in newer releases.
    /// </summary>
    public static readonly QueueArgumentRule[] All =
    [
        new("x-expires", classic: true, quorum: true, ArgumentChecks.PositiveTime),
        new("x-message-ttl", classic: true, quorum: true, ArgumentChecks.Time),
        new("x-dead-letter-exchange", classic: true, quorum: true, ArgumentChecks.Name),
        new("x-dead-letter-routing-key", classic: true, quorum: true, ArgumentChecks.Name),
        new(
            "x-dead-letter-strategy",
            classic: false,
            quorum: true,
            value => ArgumentChecks.OneOf(value, "invalid_dlx_strategy", "at-most-once", "at-least-once")),
        new("x-max-length", classic: true, quorum: true, ArgumentChecks.NonNegative),
        new("x-max-length-bytes", classic: true, quorum: true, ArgumentChecks.NonNegative),
        new("x-max-in-memory-length", classic: false, quorum: true, ArgumentChecks.NonNegative),
        new("x-max-in-memory-bytes", classic: false, quorum: true, ArgumentChecks.NonNegative),
        new("x-max-priority", classic: true, quorum: false, ArgumentChecks.Priority),
        new(
            "x-overflow",
            classic: true,
            quorum: true,
            value => ArgumentChecks.OneOf(
                value, "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx")),
        new("x-queue-mode", classic: true, quorum: false, ArgumentChecks.Mode),
        new("x-queue-version", classic: true, quorum: false, ArgumentChecks.Version),
        new("x-single-active-consumer", classic: true, quorum: true, ArgumentChecks.Boolean),
        new("x-quorum-initial-group-size", classic: false, quorum: true, ArgumentChecks.Positive),
        new("x-max-age", classic: false, quorum: false, _ => null),
        new("x-stream-max-segment-size-bytes", classic: false, quorum: false, _ => null),
        new("x-initial-cluster-size", classic: false, quorum: false, _ => null),
        new(
            "x-queue-leader-locator",
            classic: true,
            quorum: true,
            value => ArgumentChecks.OneOf(
                value, "invalid_queue_locator_arg", "client-local", "random", "least-leaders", "balanced")),
        new("x-queue-master-locator", classic: true, quorum: false, _ => null),
        new("x-delivery-limit", classic: true, quorum: true, ArgumentChecks.Integer),
        new("x-consumer-timeout", classic: true, quorum: true, ArgumentChecks.NonNegative),
        new(
            "x-delayed-retry-type",
            classic: true,
            quorum: true,
            value => ArgumentChecks.OneOf(value, "invalid_delayed_retry_type", "disabled", "all", "failed", "returned")),
        new("x-delayed-retry-min", classic: true, quorum: true, ArgumentChecks.Time),
        new("x-delayed-retry-max", classic: true, quorum: true, ArgumentChecks.Time),
    ];

    private static readonly string[] s_comparedClassic =
    [
        "x-expires", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-max-length",
        "x-max-length-bytes", "x-max-priority", "x-overflow", "x-queue-mode", "x-queue-version",
        "x-single-active-consumer", "x-queue-type", "x-queue-master-locator", "x-queue-leader-locator",
        "x-delivery-limit",
    ];

    private static readonly string[] s_comparedQuorum =
    [
        "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-expires", "x-max-length",
        "x-max-length-bytes", "x-max-in-memory-length", "x-max-in-memory-bytes", "x-overflow",
        "x-single-active-consumer", "x-queue-type", "x-quorum-initial-group-size", "x-delivery-limit",
        "x-message-ttl", "x-queue-leader-locator",
    ];

    public string Name { get; } = name;

    public Func<FieldValue, string?> Check { get; } = check;

    /// <summary>The arguments that are compared when a queue of this type is declared again, in RabbitMQ's order.</summary>
    public static IReadOnlyList<string> Compared(QueueType type) =>
        type == QueueType.Quorum ? s_comparedQuorum : s_comparedClassic;

    public bool IsFor(QueueType type) => type switch
    {
        QueueType.Classic => classic,
        QueueType.Quorum => quorum,
        _ => false,
    };
}
