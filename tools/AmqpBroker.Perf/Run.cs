namespace AmqpBroker.Perf;

/// <summary>What the threads of one run share: the signals to measure, to stop, and that something failed.</summary>
internal sealed class Run(Scenario scenario) : IDisposable
{
    private readonly ManualResetEventSlim _over = new();
    private long _consumed;
    private int _producersLeft = scenario.Producers;
    private volatile bool _isMeasuring;
    private volatile bool _isStopping;

    public Scenario Scenario => scenario;

    /// <summary>Latencies are recorded only while this holds.</summary>
    public bool IsMeasuring { get => _isMeasuring; set => _isMeasuring = value; }

    public bool IsStopping { get => _isStopping; set => _isStopping = value; }

    public Exception? Failure { get; private set; }

    /// <summary>Blocks until the counted run is over, a thread has failed, or the time is up.</summary>
    public void Wait(TimeSpan atMost) => _over.Wait(atMost);

    public void Fail(Exception exception)
    {
        lock (_over)
        {
            Failure ??= exception;
        }
        _over.Set();
    }

    /// <summary>A producer has sent its count and has all its confirms.</summary>
    public void ProducerDone()
    {
        if (Interlocked.Decrement(ref _producersLeft) == 0 && (scenario.Consumers == 0 || IsAllConsumed(0)))
        {
            _over.Set();
        }
    }

    /// <summary>Told by consumers after each read, in counted runs only.</summary>
    public void Consumed(long count)
    {
        if (IsAllConsumed(count) && Volatile.Read(ref _producersLeft) <= 0)
        {
            _over.Set();
        }
    }

    public void Dispose() => _over.Dispose();

    private bool IsAllConsumed(long more) =>
        Interlocked.Add(ref _consumed, more) >= scenario.Count * Math.Max(scenario.Producers, 1) * scenario.CopiesPerMessage;
}
