using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// The arguments of queue.declare, validated and typed. Arguments that are not known are kept in <see cref="Table"/>
/// and mean nothing. Immutable.
/// </summary>
public sealed class QueueArguments
{
    private const string TypeName = "x-queue-type";
    private const string DeadLetterExchangeName = "x-dead-letter-exchange";
    private const string DeadLetterRoutingKeyName = "x-dead-letter-routing-key";

    /// <summary>No arguments: a classic queue without limits.</summary>
    public static readonly QueueArguments None = new(FieldTable.Empty);

    private QueueArguments(FieldTable table)
    {
        Table = table;
        Type = TypeOf(table);
        MessageTtlMs = Integer("x-message-ttl");
        ExpiresMs = Integer("x-expires");
        MaxLength = Integer("x-max-length");
        MaxLengthBytes = Integer("x-max-length-bytes");
        MaxPriority = (byte?)Integer("x-max-priority");
        Overflow = OverflowOf(table);
        DeadLetterExchange = Name(DeadLetterExchangeName);
        DeadLetterRoutingKey = Name(DeadLetterRoutingKeyName);
        SingleActiveConsumer = Equivalence.Find(table, "x-single-active-consumer") is { } single && single.AsBoolean();
        DeliveryLimit = Integer("x-delivery-limit") is >= 0 and { } limit ? limit : null;
        ConsumerTimeoutMs = Integer("x-consumer-timeout");
        DelayedRetryType = Equivalence.Find(table, "x-delayed-retry-type")?.AsString();
        DelayedRetryMinMs = Integer("x-delayed-retry-min");
        DelayedRetryMaxMs = Integer("x-delayed-retry-max");
    }

    /// <summary>The arguments as sent.</summary>
    public FieldTable Table { get; }

    /// <summary>The type of the queue.</summary>
    public QueueType Type { get; }

    /// <summary>How long a message stays, in milliseconds, 0 to ten years; null: for ever.</summary>
    public long? MessageTtlMs { get; }

    /// <summary>How long the queue stays unused, in milliseconds, 1 to ten years; null: for ever.</summary>
    public long? ExpiresMs { get; }

    /// <summary>The most ready messages; null: no limit.</summary>
    public long? MaxLength { get; }

    /// <summary>The most bytes in bodies of ready messages; null: no limit.</summary>
    public long? MaxLengthBytes { get; }

    /// <summary>The highest priority, 0 to 255; null: the queue has no priorities.</summary>
    public byte? MaxPriority { get; }

    /// <summary>What happens at a limit; null if the declaration does not say (a policy may, and <see cref="Arguments.Overflow.DropHead"/> is the default).</summary>
    public Overflow? Overflow { get; }

    /// <summary>Where dead messages go; null: nowhere. It need not exist.</summary>
    public ShortString? DeadLetterExchange { get; }

    /// <summary>The routing key of dead messages; null: their own.</summary>
    public ShortString? DeadLetterRoutingKey { get; }

    /// <summary>Whether one consumer at a time is active.</summary>
    public bool SingleActiveConsumer { get; }

    /// <summary>How often a message may be delivered again; null if the declaration sets no limit. See <see cref="HasDeliveryLimit"/>.</summary>
    public long? DeliveryLimit { get; }

    /// <summary>Whether the declaration speaks of the delivery limit: a negative one means none, whatever the default of the type.</summary>
    public bool HasDeliveryLimit => Equivalence.Find(Table, "x-delivery-limit") is not null;

    /// <summary>How long a delivery may stay unacknowledged, in milliseconds; null if the declaration does not say.</summary>
    public long? ConsumerTimeoutMs { get; }

    /// <summary>Which messages that come back wait before they are delivered again: <c>disabled</c>, <c>all</c>, <c>failed</c>, <c>returned</c>; null if the declaration does not say.</summary>
    public string? DelayedRetryType { get; }

    /// <summary>How long they wait for each time they have come back, in milliseconds; null if the declaration does not say.</summary>
    public long? DelayedRetryMinMs { get; }

    /// <summary>How long they wait at most, in milliseconds; null if the declaration does not say.</summary>
    public long? DelayedRetryMaxMs { get; }

    /// <summary>
    /// Validates the arguments of a queue that does not exist yet. The checks and their order are those of RabbitMQ
    /// 3.10.8: a server-named queue, the dead-letter exchange, the type, the values, arguments of other types, properties.
    /// </summary>
    /// <param name="arguments">The arguments as sent.</param>
    /// <param name="request">The rest of the declaration.</param>
    /// <param name="virtualHost">The name of the virtual host, for texts.</param>
    /// <exception cref="ChannelException">406: an argument is not valid.</exception>
    /// <exception cref="ConnectionException">540: a type of queue that is not supported.</exception>
    public static QueueArguments Parse(FieldTable arguments, in QueueDeclaration request, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string subject = Subject.Queue(request.Name, virtualHost);
        QueueType? named = Equivalence.Find(arguments, TypeName) is { } value ? QueueTypes.Parse(value) : null;
        if (request.ServerNamed && named is { } type and not QueueType.Classic)
        {
            throw Failed($"Cannot declare a server-named queue for type {QueueTypes.ModuleName(type)}");
        }

        CheckDeadLetterExchange(arguments, subject);
        Check(TypeName, ArgumentChecks.Type, arguments, subject);
        if (named == QueueType.Stream)
        {
            throw new ConnectionException(ReplyCode.NotImplemented, "queues of type 'stream' are not supported");
        }

        CheckValues(arguments, named ?? QueueType.Classic, subject);
        CheckProperties(request, named ?? QueueType.Classic, subject);
        return arguments.IsEmpty ? None : new QueueArguments(arguments);
    }

    /// <summary>The arguments of a queue whose declaration was validated before, read back from the store.</summary>
    public static QueueArguments FromValidated(FieldTable arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.IsEmpty ? None : new QueueArguments(arguments);
    }

    /// <summary>
    /// Compares a declaration with the queue that exists: durable, auto_delete, then the known arguments in RabbitMQ's
    /// order. The owner of an exclusive queue is the caller's to check, before this. As in RabbitMQ the received arguments
    /// are compared without being validated, and an exclusive queue is never durable.
    /// </summary>
    /// <param name="current">The declaration of the queue that exists.</param>
    /// <param name="request">The received declaration.</param>
    /// <param name="received">The received arguments.</param>
    /// <param name="virtualHost">The name of the virtual host, for texts.</param>
    /// <exception cref="ChannelException">406: they differ.</exception>
    public void CheckEquivalent(in QueueDeclaration current, in QueueDeclaration request, FieldTable received, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(received);
        string subject = Subject.Queue(current.Name, virtualHost);
        Equivalence.Check("durable", subject, request.EffectiveDurable, current.EffectiveDurable);
        Equivalence.Check("auto_delete", subject, request.AutoDelete, current.AutoDelete);
        foreach (string name in QueueArgumentRule.Compared(Type))
        {
            if (name == TypeName)
            {
                CheckSameType(received, subject);
            }
            else
            {
                Equivalence.Check([name], subject, received, Table);
            }
        }
    }

    private static void CheckDeadLetterExchange(FieldTable arguments, string subject)
    {
        if (Equivalence.Find(arguments, DeadLetterExchangeName) is { } value && value.Type != FieldType.LongString)
        {
            throw Failed($"invalid type '{value.RabbitTypeName}' for arg '{DeadLetterExchangeName}' in {subject}");
        }
    }

    private static void CheckValues(FieldTable arguments, QueueType type, string subject)
    {
        foreach (QueueArgumentRule rule in QueueArgumentRule.All)
        {
            if (rule.IsFor(type))
            {
                Check(rule.Name, rule.Check, arguments, subject);
                if (rule.Name == DeadLetterRoutingKeyName)
                {
                    CheckHasDeadLetterExchange(arguments, subject);
                }
            }
        }

        foreach ((ShortString name, _) in arguments)
        {
            string text = name.ToString();
            if (Array.Exists(QueueArgumentRule.All, rule => rule.Name == text && !rule.IsFor(type)))
            {
                throw Failed($"invalid arg '{text}' for {subject} of queue type {QueueTypes.ModuleName(type)}");
            }
        }
    }

    private static void CheckHasDeadLetterExchange(FieldTable arguments, string subject)
    {
        if (Equivalence.Find(arguments, DeadLetterRoutingKeyName) is not null
            && Equivalence.Find(arguments, DeadLetterExchangeName) is null)
        {
            throw Invalid(DeadLetterRoutingKeyName, subject, "routing_key_but_no_dlx_defined");
        }
    }

    private static void CheckProperties(in QueueDeclaration request, QueueType type, string subject)
    {
        if (type == QueueType.Classic)
        {
            return;
        }

        string? property = request switch
        {
            { AutoDelete: true } => "auto-delete",
            { Exclusive: true } => "exclusive-owner",
            { Durable: false } => "non-durable",
            _ => null,
        };
        if (property is not null)
        {
            throw Failed($"invalid property '{property}' for {subject}");
        }
    }

    private static void Check(string name, Func<FieldValue, string?> check, FieldTable arguments, string subject)
    {
        if (Equivalence.Find(arguments, name) is { } value && check(value) is { } reason)
        {
            throw Invalid(name, subject, reason);
        }
    }

    private static ChannelException Invalid(string name, string subject, string reason) =>
        Failed($"invalid arg '{name}' for {subject}: {reason}");

    private static ChannelException Failed(string text) => new(ReplyCode.PreconditionFailed, text);

    private static QueueType TypeOf(FieldTable table) =>
        Equivalence.Find(table, TypeName) is { } value ? QueueTypes.Parse(value) ?? QueueType.Classic : QueueType.Classic;

    private static Overflow? OverflowOf(FieldTable table) =>
        Equivalence.Find(table, "x-overflow") is not { } value
            ? null
            : value.AsString() switch
            {
                "reject-publish" => Arguments.Overflow.RejectPublish,
                "reject-publish-dlx" => Arguments.Overflow.RejectPublishDeadLetter,
                _ => Arguments.Overflow.DropHead,
            };

    /// <summary>No type is the same as <c>classic</c>.</summary>
    private void CheckSameType(FieldTable received, string subject)
    {
        FieldValue? receivedValue = Equivalence.Find(received, TypeName);
        QueueType? receivedType = receivedValue is { } value ? QueueTypes.Parse(value) : QueueType.Classic;
        if (receivedType != Type)
        {
            throw Equivalence.Differs(TypeName, subject, receivedValue, Equivalence.Find(Table, TypeName));
        }
    }

    private long? Integer(string name) => Equivalence.Find(Table, name)?.AsInt64();

    private ShortString? Name(string name) =>
        Equivalence.Find(Table, name) is { } value ? ShortString.FromBytes(value.Payload.Span) : null;
}
