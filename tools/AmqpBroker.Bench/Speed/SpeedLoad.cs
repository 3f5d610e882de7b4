using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Speed;

/// <summary>What is asked of every contestant alike.</summary>
/// <param name="Name">For <c>--only</c>, and in the report's files.</param>
/// <param name="Title">For the report.</param>
/// <param name="Scenario">The load; its port is filled in.</param>
/// <param name="IsLatency">True when the time of a message is what counts, at a fixed rate.</param>
internal sealed record SpeedLoad(string Name, string Title, Scenario Scenario, bool IsLatency = false)
{
    private static readonly Scenario _persistent = Load.At(0) with { Prefetch = 2000, Keep = false };
    private static readonly Scenario _transient = _persistent with { Persistent = false, Durable = false, ConfirmWindow = 0 };

    public static IReadOnlyList<SpeedLoad> All { get; } =
    [
        new("persistent", "1 KB, persistent, confirmed (window 1,000), acks by 100", _persistent),
        new("window-10000", "the same, window 10,000", _persistent with { ConfirmWindow = 10_000 }),
        new("four", "the same, window 1,000, 4 queues, 4 producers, 4 consumers", _persistent with { Queues = 4, Producers = 4, Consumers = 4 }),
        new("hundred", "the same, window 100, 100 queues, 100 producers, 100 consumers", _persistent with { ConfirmWindow = 100, Queues = 100, Producers = 100, Consumers = 100 }),
        new("window-1", "1 KB, persistent, window of 1", _persistent with { ConfirmWindow = 1, MultiAck = 1 }),
        new("transient", "1 KB, transient, acks by 100", _transient),
        new("small", "16 bytes, transient, automatic acks", _transient with { BodyBytes = 16, AutoAck = true }),
        new("fanout", "1 KB, persistent, confirmed (window 1,000), fan-out to 10 queues; deliveries", _persistent with { ExchangeType = "fanout", Queues = 10, Consumers = 10 }),
        new("large", "1 MB, transient, ack each", _transient with { BodyBytes = 1 << 20, Prefetch = 20, MultiAck = 1 }),
        new("latency-transient", "10,000 messages of 1 KB a second, transient", _transient with { Rate = 10_000, MultiAck = 10 }, IsLatency: true),
        new("latency-persistent", "10,000 messages of 1 KB a second, persistent, confirmed", _persistent with { Rate = 10_000, MultiAck = 10, ConfirmWindow = 10_000 }, IsLatency: true),
    ];
}
