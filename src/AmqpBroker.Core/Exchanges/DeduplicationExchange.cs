using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Matches all its bindings, whatever the key, unless a message with the same <c>x-deduplication-header</c> was routed before
/// and still counts: that one matches nothing. How many keys are remembered, and for how long, the arguments say.
/// </summary>
internal sealed class DeduplicationExchange : Exchange
{
    public static readonly ExchangeType ExchangeType =
        new("x-message-deduplication", properties => new DeduplicationExchange(properties)) { KeepsState = true, CheckArguments = Check };

    /// <summary>The most keys of one exchange: some 700 MB. Who asks for more gets this many.</summary>
    internal const int LargestWindow = 10_000_000;

    private const string SizeArgument = "x-cache-size";
    private const string TimeArgument = "x-cache-ttl";
    private const string PersistenceArgument = "x-cache-persistence";

    private readonly BindingList _all = new(BindingRole.Matching);
    private readonly long? _timeMs;

    private DeduplicationExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
        Window = new DuplicateWindow((int)Math.Min(PositiveNumber(properties.Arguments, SizeArgument) ?? 1, LargestWindow));
        _timeMs = PositiveNumber(properties.Arguments, TimeArgument);
        IsStored = Durable && Equivalence.Find(properties.Arguments, PersistenceArgument)?.AsString() != "memory";
    }

    /// <summary>What it has seen.</summary>
    internal DuplicateWindow Window { get; }

    /// <summary>Whether the window survives a restart.</summary>
    internal bool IsStored { get; }

    private static ReadOnlySpan<byte> TimeHeader => "x-cache-ttl"u8;

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        if (DuplicateKey.TryRead(input.Headers, out UInt128 key))
        {
            if (Window.Contains(key, input.NowMs))
            {
                sink.NoteDuplicate();
                return;
            }

            sink.Note(new SeenKey(this, key, Deadline(in input)));
        }

        sink.Add(_all);
    }

    internal override void AddMatch(Binding binding) => _all.Add(binding);

    internal override void RemoveMatch(Binding binding) => _all.Remove(binding);

    private long Deadline(in RoutingInput input)
    {
        long? timeMs = HeaderFields.TryFind(input.Headers, TimeHeader, out FieldType type, out ReadOnlySpan<byte> payload)
            && HeaderFields.TryReadInteger(type, payload, out long own)
            ? own
            : _timeMs;
        return timeMs is { } time && time < DuplicateWindow.Never - input.NowMs
            ? input.NowMs + Math.Max(time, 0)
            : DuplicateWindow.Never;
    }

    /// <summary>The argument as a number of at least 1, which may be written as a text; null if it is none, or not there.</summary>
    private static long? PositiveNumber(FieldTable arguments, string name) =>
        Equivalence.Find(arguments, name) is { } value
        && (value.TryGetInt64(out long number) || (value.TryGetString(out string? text) && long.TryParse(text, out number)))
        && number > 0
            ? number
            : null;

    /// <exception cref="ChannelException">406: an argument is not valid, or x-cache-size is missing.</exception>
    private static void Check(ExchangeProperties properties, string virtualHost)
    {
        FieldTable arguments = properties.Arguments;
        if (PositiveNumber(arguments, SizeArgument) is null)
        {
            throw Refused($"Missing or invalid argument, '{SizeArgument}' must be an integer greater than 0");
        }

        if (Equivalence.Find(arguments, TimeArgument) is not null && PositiveNumber(arguments, TimeArgument) is null)
        {
            throw Refused($"Invalid argument, '{TimeArgument}' must be an integer greater than 0");
        }

        if (Equivalence.Find(arguments, PersistenceArgument) is { } persistence
            && !(persistence.Type == FieldType.LongString && persistence.AsString() is "disk" or "memory"))
        {
            throw Refused($"Invalid argument, '{PersistenceArgument}' must be either 'disk' or 'memory'");
        }
    }

    private static ChannelException Refused(string text) => new(ReplyCode.PreconditionFailed, text);
}
