using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Speed;

/// <summary>What one contestant did with one load, in one round.</summary>
internal sealed record SpeedResult(SpeedLoad Load, Contestant Contestant, Result Run, double FirstConnectionMs, double IdleMb)
{
    /// <summary>Deliveries a second.</summary>
    public double Rate => Run.Messages / Run.Seconds;

    public double CpuUs => Run.BrokerCpuUs ?? double.NaN;

    public double LatencyMs(double percent) => Run.Latency.PercentileNs(percent) / 1e6;

    public double ConfirmMs(double percent) => Run.ConfirmLatency.PercentileNs(percent) / 1e6;
}
