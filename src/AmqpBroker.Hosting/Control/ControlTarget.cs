using AmqpBroker.Control;

namespace AmqpBroker.Hosting;

/// <summary>What the control socket sees of a broker that serves. Any thread.</summary>
internal sealed class ControlTarget(BrokerService broker, FileJournals journals) : IControlTarget
{
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;

    public ControlStatus Status => new(
        Product.Text,
        Environment.ProcessId,
        _startedAt,
        [.. broker.Endpoints.Select(static e => e.ToString())],
        [.. broker.ManagementEndpoints.Select(static e => e.ToString())],
        broker.DamagedPlaces);

    public IHeldJournals? HoldJournals() => journals.TryHold();
}
