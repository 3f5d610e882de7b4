namespace AmqpBroker.Core.Policies;

/// <summary>
/// What the keys of RabbitMQ's mirrored queues must be together. They mean nothing here, where nothing is mirrored, but a
/// policy that RabbitMQ 3.10.8 refuses is refused.
/// </summary>
internal static class MirroringPolicy
{
    private static readonly string[] s_others = ["ha-params", "ha-sync-mode", "ha-sync-batch-size", "ha-promote-on-shutdown", "ha-promote-on-failure"];

    /// <summary>What is wrong with them, in RabbitMQ's words; null if nothing is.</summary>
    internal static string? Fault(IReadOnlyDictionary<string, object?> definition)
    {
        bool hasParameters = definition.TryGetValue("ha-params", out object? parameters);
        return definition.GetValueOrDefault("ha-mode") switch
        {
            null => s_others.Any(definition.ContainsKey)
                ? "ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown"
                : null,
            "all" => hasParameters ? "ha-mode=\"all\" does not take parameters" : null,
            "exactly" => parameters is > 0L ? null : $"ha-mode=\"exactly\" takes an integer, {Show(hasParameters, parameters)} given",
            _ => parameters switch
            {
                IReadOnlyList<object?> { Count: 0 } => "ha-mode=\"nodes\" list must be non-empty",
                IReadOnlyList<object?> => null,
                _ => $"ha-mode=\"nodes\" takes a list, {Show(hasParameters, parameters)} given",
            },
        };
    }

    private static string Show(bool isGiven, object? value) => isGiven ? JsonTerm.Format(value) : "none";
}
