namespace AmqpBroker.Perf;

/// <summary>What to run: one load, as the command line describes it.</summary>
internal sealed record Scenario
{
    public required string Host { get; init; }
    public required int Port { get; init; }
    public required string User { get; init; }
    public required string Password { get; init; }
    public required string VirtualHost { get; init; }

    public required int Producers { get; init; }
    public required int Consumers { get; init; }
    public required int Queues { get; init; }
    public required string QueuePrefix { get; init; }

    /// <summary>Empty for the default exchange, else the type of an exchange that the run declares and binds.</summary>
    public required string ExchangeType { get; init; }

    public required int BodyBytes { get; init; }
    public required bool Persistent { get; init; }
    public required bool Durable { get; init; }

    /// <summary>Most unconfirmed messages per producer; 0: no publisher confirms.</summary>
    public required int ConfirmWindow { get; init; }

    /// <summary>Prefetch of each consumer; 0: no limit.</summary>
    public required int Prefetch { get; init; }

    /// <summary>One ack for so many deliveries, with the multiple flag when above 1.</summary>
    public required int MultiAck { get; init; }

    public required bool AutoAck { get; init; }

    /// <summary>Each producer publishes to all queues in turn.</summary>
    public required bool Spread { get; init; }

    /// <summary>Messages per second of each producer; 0: as fast as it goes.</summary>
    public required double Rate { get; init; }

    public required double WarmupSeconds { get; init; }
    public required double DurationSeconds { get; init; }

    /// <summary>Messages of each producer after which the run ends; 0: the duration decides.</summary>
    public required long Count { get; init; }

    /// <summary>Queues and exchange are neither emptied before the run nor deleted after it.</summary>
    public required bool Keep { get; init; }

    public string ExchangeName => ExchangeType.Length == 0 ? "" : $"{QueuePrefix}-{ExchangeType}";

    public bool IsFanOut => ExchangeType == "fanout";

    public string QueueName(int number) => $"{QueuePrefix}-{number % Queues}";

    /// <summary>Deliveries to expect of one published message.</summary>
    public int CopiesPerMessage => IsFanOut ? Queues : 1;

    /// <summary>Says what contradicts itself in the options, or null.</summary>
    public string? Problem()
    {
        if (Producers < 0 || Consumers < 0 || Producers + Consumers == 0)
        {
            return "there must be a producer or a consumer";
        }
        if (Queues < 1 || BodyBytes < 0 || ConfirmWindow < 0 || Prefetch is < 0 or > ushort.MaxValue || MultiAck < 1 || Rate < 0)
        {
            return "a number is out of range";
        }
        if (!AutoAck && Prefetch > 0 && MultiAck > Prefetch)
        {
            return "--multi-ack above --prefetch would wait for ever";
        }
        return ExchangeType is "" or "direct" or "fanout" or "topic" or "headers"
            ? null
            : "--exchange is direct, fanout, topic or headers";
    }
}
