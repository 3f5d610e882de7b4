using AmqpBroker.Perf;

namespace AmqpBroker.Bench;

/// <summary>Loads of the load generator, in the one shape that the parts vary: persistent messages of 1 KB, confirmed in a window of 1,000.</summary>
internal static class Load
{
    private static readonly TimeSpan _patience = TimeSpan.FromHours(1);

    /// <summary>One producer and one consumer on one durable queue.</summary>
    public static Scenario At(int port) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        User = "guest",
        Password = "guest",
        VirtualHost = "/",
        Producers = 1,
        Consumers = 1,
        Queues = 1,
        QueuePrefix = "bench",
        ExchangeType = "",
        BodyBytes = 1024,
        Persistent = true,
        Durable = true,
        ConfirmWindow = 1000,
        Prefetch = 1000,
        MultiAck = 100,
        AutoAck = false,
        Spread = false,
        Rate = 0,
        WarmupSeconds = 2,
        DurationSeconds = 10,
        Count = 0,
        Keep = true,
    };

    /// <summary>So many messages by each producer, and nobody who takes them.</summary>
    public static Scenario Fill(this Scenario scenario, long count) =>
        scenario with { Consumers = 0, Count = count, DurationSeconds = _patience.TotalSeconds };

    /// <summary>So many messages are taken, and none are published.</summary>
    public static Scenario Drain(this Scenario scenario, long count) =>
        scenario with { Producers = 0, Count = count, DurationSeconds = _patience.TotalSeconds };

    public static Result Run(this Scenario scenario) => new Runner(scenario, "", null).Measure();

    /// <summary>Opens a connection and a channel, and leaves.</summary>
    public static void Connect(this Scenario scenario)
    {
        using Connection connection = Connection.Open(scenario, "first");
        connection.Close();
    }
}
