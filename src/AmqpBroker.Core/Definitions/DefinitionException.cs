namespace AmqpBroker.Core.Definitions;

/// <summary>An entry of a <see cref="DefinitionSet"/> cannot be; nothing of the set was done.</summary>
/// <param name="entry">Which, as in queue 'q' in vhost '/'.</param>
/// <param name="reason">Why.</param>
public sealed class DefinitionException(string entry, string reason) : Exception($"{entry}: {reason}");
