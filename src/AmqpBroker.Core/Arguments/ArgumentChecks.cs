using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// Checks of single arguments. Each gives the reason in RabbitMQ's words (an Erlang term) if the value is not valid,
/// and null if it is.
/// </summary>
internal static class ArgumentChecks
{
    /// <summary>Ten years: RabbitMQ's limit of every time a client may ask for.</summary>
    public const long MaxTimeMs = 315_360_000_000;

    private const long MaxPriority = 255;

    public static string? Integer(FieldValue value) =>
        value.TryGetInt64(out _) ? null : $"\"expected integer, got {value.RabbitTypeName}\"";

    public static string? NonNegative(FieldValue value) =>
        Integer(value) ?? (value.AsInt64() < 0 ? $"{{value_negative,{value.AsInt64()}}}" : null);

    public static string? Positive(FieldValue value) =>
        NonNegative(value) ?? (value.AsInt64() == 0 ? "{value_zero,0}" : null);

    public static string? Time(FieldValue value) =>
        NonNegative(value) ?? (value.AsInt64() > MaxTimeMs ? $"{{value_too_large,{value.AsInt64()}}}" : null);

    public static string? PositiveTime(FieldValue value) => Positive(value) ?? Time(value);

    public static string? Priority(FieldValue value) =>
        NonNegative(value) ?? (value.AsInt64() > MaxPriority ? $"{{max_value_exceeded,{value.AsInt64()}}}" : null);

    public static string? Version(FieldValue value) =>
        NonNegative(value) ?? (value.AsInt64() is 1 or 2 ? null : $"\"unsupported queue version '{value.AsInt64()}'\"");

    public static string? Boolean(FieldValue value) => OfType(value, FieldType.Boolean);

    public static string? OneOf(FieldValue value, string reason, params ReadOnlySpan<string> allowed) =>
        OfType(value, FieldType.LongString) ?? (allowed.Contains(value.AsString()) ? null : reason);

    /// <summary>A name that a message could carry: RabbitMQ accepts longer ones, which nothing can ever be named.</summary>
    public static string? Name(FieldValue value) =>
        OfType(value, FieldType.LongString)
        ?? (value.Payload.Length > ShortString.MaxLength ? $"{{value_too_long,{value.Payload.Length}}}" : null);

    public static string? Mode(FieldValue value) =>
        OneOf(value, $"\"unsupported queue mode '{Text(value)}'\"", "default", "lazy");

    public static string? Type(FieldValue value) =>
        OfType(value, FieldType.LongString)
        ?? (QueueTypes.Parse(value) is null ? $"\"unsupported queue type '{Text(value)}'\"" : null);

    private static string Text(FieldValue value) => value.TryGetString(out string? text) ? text : string.Empty;

    private static string? OfType(FieldValue value, FieldType type) =>
        value.Type == type ? null : $"{{unacceptable_type,{value.RabbitTypeName}}}";
}
