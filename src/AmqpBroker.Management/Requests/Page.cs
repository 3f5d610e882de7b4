namespace AmqpBroker.Management.Requests;

/// <summary>A part of a list, to be written.</summary>
/// <param name="Items">The items of the part.</param>
/// <param name="Filtered">How many there are whose names are chosen.</param>
/// <param name="Total">How many there are.</param>
internal readonly record struct Page<T>(IReadOnlyCollection<T> Items, int Filtered, int Total);
