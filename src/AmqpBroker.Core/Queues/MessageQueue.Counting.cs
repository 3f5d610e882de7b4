using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Queues;

/// <summary>What is counted of a queue.</summary>
internal partial class MessageQueue
{
    private Meter? _meter;

    /// <summary>What was counted; null when nothing was.</summary>
    internal Reading? Read(bool withHistory) => _meter?.Read(_host.Meters, withHistory);

    internal void Count(Figure figure)
    {
        Meter meter = _meter ??= new Meter(MeterKind.Queue, this);
        meter.Counts[(int)figure]++;
        _host.Meters.Touch(meter);
    }
}
