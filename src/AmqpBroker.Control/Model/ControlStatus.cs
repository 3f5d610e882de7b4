namespace AmqpBroker.Control;

/// <summary>A broker that serves, in a few words.</summary>
/// <param name="Product">Name and version.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="StartedAt">When it began to serve.</param>
/// <param name="Listeners">Where clients connect.</param>
/// <param name="ManagementListeners">Where the management side listens.</param>
/// <param name="DamagedPlaces">Places of the store that were found damaged since the start and put aside.</param>
public sealed record ControlStatus(
    string Product,
    int ProcessId,
    DateTimeOffset StartedAt,
    IReadOnlyList<string> Listeners,
    IReadOnlyList<string> ManagementListeners,
    int DamagedPlaces);
