namespace AmqpBroker.Core.Policies;

/// <summary>
/// A policy as somebody asks for it, not validated. Values are plain, as JSON gives them: null, bool, long, double, string,
/// <c>IReadOnlyList&lt;object?&gt;</c>, and for objects <c>IReadOnlyList&lt;KeyValuePair&lt;string, object?&gt;&gt;</c>.
/// </summary>
/// <param name="Kind">Whose policy.</param>
/// <param name="Name">Its name, unique in its virtual host and kind.</param>
/// <param name="Pattern">A regular expression that a name must have a match of.</param>
/// <param name="Definition">The keys and their values.</param>
public sealed record PolicyRequest(PolicyKind Kind, string Name, object? Pattern, object? Definition)
{
    /// <summary>What it is for.</summary>
    public object? ApplyTo { get; init; } = "all";

    /// <summary>Of several that match the highest counts.</summary>
    public object? Priority { get; init; } = 0L;
}
