using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>The arguments of basic.consume, validated and typed. Arguments that are not known mean nothing.</summary>
/// <param name="Priority">The priority of the consumer: the highest one with room gets a message first.</param>
/// <param name="ConsumerTimeoutMs">How long a delivery may stay unacknowledged, in milliseconds; null if the client does not say.</param>
public readonly record struct ConsumeArguments(long Priority, long? ConsumerTimeoutMs)
{
    /// <summary>Validates arguments.</summary>
    /// <exception cref="ChannelException">406: an argument is not valid.</exception>
    public static ConsumeArguments Parse(FieldTable arguments, ShortString queue, QueueType type, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (arguments.IsEmpty)
        {
            return default;
        }

        string subject = Subject.Queue(queue, virtualHost);
        FieldValue? priority = Check("x-priority", ArgumentChecks.Integer, arguments, subject);
        Check("x-cancel-on-ha-failover", ArgumentChecks.Boolean, arguments, subject);
        FieldValue? timeout = Check("x-consumer-timeout", ArgumentChecks.NonNegative, arguments, subject);
        if (type != QueueType.Stream && Equivalence.Find(arguments, "x-stream-offset") is not null)
        {
            throw Failed($"invalid arg 'x-stream-offset' for {subject} of queue type {QueueTypes.ModuleName(type)}");
        }

        return new ConsumeArguments(priority?.AsInt64() ?? 0, timeout?.AsInt64());
    }

    private static FieldValue? Check(string name, Func<FieldValue, string?> check, FieldTable arguments, string subject)
    {
        FieldValue? value = Equivalence.Find(arguments, name);
        return value is { } present && check(present) is { } reason
            ? throw Failed($"invalid arg '{name}' for {subject}: {reason}")
            : value;
    }

    private static ChannelException Failed(string text) => new(ReplyCode.PreconditionFailed, text);
}
