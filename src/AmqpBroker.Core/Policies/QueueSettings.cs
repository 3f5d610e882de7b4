using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// What holds for a queue: what its arguments ask for, and what policies say. Plain values, made once and read for every
/// message: where there is no limit, the limit is <see cref="Unlimited"/>. Immutable; a change is another object.
/// </summary>
internal sealed class QueueSettings
{
    /// <summary>No limit.</summary>
    internal const long Unlimited = long.MaxValue;

    /// <summary>Ten years, as for every time that is given.</summary>
    private const long LongestDelayMs = 315_360_000_000;

    /// <summary>What quorum queues allow unless they say otherwise, as in RabbitMQ 4.</summary>
    internal const long DefaultQuorumDeliveryLimit = 20;

    /// <summary>How long a message stays, in milliseconds.</summary>
    internal long MessageTtlMs { get; init; } = Unlimited;

    /// <summary>How long the queue stays unused, in milliseconds.</summary>
    internal long ExpiresMs { get; init; } = Unlimited;

    /// <summary>The most ready messages.</summary>
    internal long MaxLength { get; init; } = Unlimited;

    /// <summary>The most bytes in bodies of ready messages.</summary>
    internal long MaxLengthBytes { get; init; } = Unlimited;

    /// <summary>What happens at a length limit.</summary>
    internal Overflow Overflow { get; init; }

    /// <summary>Where dead messages go; null: nowhere. It need not exist.</summary>
    internal ShortString? DeadLetterExchange { get; init; }

    /// <summary>The routing key of dead messages; null: their own.</summary>
    internal ShortString? DeadLetterRoutingKey { get; init; }

    /// <summary>How often a message may come back before it is dead-lettered.</summary>
    internal long DeliveryLimit { get; init; } = Unlimited;

    /// <summary>Deliveries tell how often they came back (x-delivery-count): quorum queues, and where a delivery limit is spoken of.</summary>
    internal bool ReportsDeliveryCount { get; init; }

    /// <summary>How long a delivery may stay unacknowledged, in milliseconds; null: as long as the broker's default allows.</summary>
    internal long? ConsumerTimeoutMs { get; init; }

    /// <summary>Which returns wait before they are delivered again.</summary>
    internal RetryDelay DelayedRetry { get; init; }

    /// <summary>How long they wait for each time they have come back, in milliseconds.</summary>
    internal long DelayedRetryMinMs { get; init; }

    /// <summary>How long they wait at most, in milliseconds.</summary>
    internal long DelayedRetryMaxMs { get; init; } = Unlimited;

    /// <summary>How long what comes back waits, in milliseconds: longer each time, up to the maximum; 0 for not at all.</summary>
    /// <param name="kind">The way it came back.</param>
    /// <param name="deliveryCount">How often it has come back, this time included.</param>
    internal long RetryDelayMs(RetryDelay kind, int deliveryCount)
    {
        if ((DelayedRetry & kind) == 0)
        {
            return 0;
        }

        long longestMs = Math.Min(DelayedRetryMaxMs, LongestDelayMs);
        return DelayedRetryMinMs > longestMs / deliveryCount ? longestMs : DelayedRetryMinMs * deliveryCount;
    }

    /// <summary>A publish that would overflow the queue is refused; what is in it is never dropped for what comes.</summary>
    internal bool RefusesOverflow => Overflow is not Overflow.DropHead;

    /// <summary>
    /// What arguments and policies say together: of two numbers the smaller holds; what an argument says in words holds
    /// against a policy.
    /// </summary>
    internal static QueueSettings Of(QueueArguments arguments, PolicyValues policy) => new()
    {
        MessageTtlMs = Smaller(arguments.MessageTtlMs, policy.MessageTtlMs) ?? Unlimited,
        ExpiresMs = Smaller(arguments.ExpiresMs, policy.ExpiresMs) ?? Unlimited,
        MaxLength = Smaller(arguments.MaxLength, policy.MaxLength) ?? Unlimited,
        MaxLengthBytes = Smaller(arguments.MaxLengthBytes, policy.MaxLengthBytes) ?? Unlimited,
        Overflow = arguments.Overflow ?? policy.Overflow ?? Overflow.DropHead,
        DeadLetterExchange = arguments.DeadLetterExchange ?? policy.DeadLetterExchange,
        DeadLetterRoutingKey = arguments.DeadLetterRoutingKey ?? policy.DeadLetterRoutingKey,
        DeliveryLimit = Smaller(arguments.DeliveryLimit, policy.DeliveryLimit) ?? DefaultDeliveryLimit(arguments),
        ReportsDeliveryCount = arguments.Type == QueueType.Quorum || arguments.HasDeliveryLimit || policy.DeliveryLimit is not null,
        ConsumerTimeoutMs = Smaller(arguments.ConsumerTimeoutMs, policy.ConsumerTimeoutMs),
        DelayedRetry = (arguments.DelayedRetryType ?? policy.DelayedRetryType) switch
        {
            "all" => RetryDelay.All,
            "failed" => RetryDelay.Failed,
            "returned" => RetryDelay.Returned,
            _ => RetryDelay.None,
        },
        DelayedRetryMinMs = Smaller(arguments.DelayedRetryMinMs, policy.DelayedRetryMinMs) ?? 0,
        DelayedRetryMaxMs = Smaller(arguments.DelayedRetryMaxMs, policy.DelayedRetryMaxMs) ?? Unlimited,
    };

    /// <summary>A queue that asks for no limit, with a negative one, has none.</summary>
    private static long DefaultDeliveryLimit(QueueArguments arguments) =>
        arguments.Type == QueueType.Quorum && !arguments.HasDeliveryLimit ? DefaultQuorumDeliveryLimit : Unlimited;

    private static long? Smaller(long? a, long? b) => a is null || b < a ? b : a;
}
