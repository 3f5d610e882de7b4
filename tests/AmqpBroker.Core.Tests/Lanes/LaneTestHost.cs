using AmqpBroker.Core.Lanes;

namespace AmqpBroker.Core.Tests.Lanes;

/// <summary>A host that checks the order of its calls and collects faults; what it counts is guarded by the lane.</summary>
internal sealed class LaneTestHost : ILaneHost
{
    private int _inside;

    public int Turns { get; private set; }

    public int WorksOfTurn { get; set; }

    public List<int> TurnSizes { get; } = [];

    public List<(LaneWork? Work, Exception Exception)> Faults { get; } = [];

    public int Violations;

    public Func<TurnEffects?>? OnEndTurn { get; set; }

    public void BeginTurn()
    {
        if (Interlocked.Exchange(ref _inside, 1) != 0)
        {
            Interlocked.Increment(ref Violations);
        }
        Turns++;
        WorksOfTurn = 0;
    }

    public void WorkRan()
    {
        if (Volatile.Read(ref _inside) != 1)
        {
            Interlocked.Increment(ref Violations);
        }
        WorksOfTurn++;
    }

    public TurnEffects? EndTurn()
    {
        TurnSizes.Add(WorksOfTurn);
        TurnEffects? effects = OnEndTurn?.Invoke();
        if (Interlocked.Exchange(ref _inside, 0) != 1)
        {
            Interlocked.Increment(ref Violations);
        }
        return effects;
    }

    public void OnFault(LaneWork? work, Exception exception)
    {
        lock (Faults)
        {
            Faults.Add((work, exception));
        }
    }
}

internal sealed class TestWork(LaneTestHost host, Action? execute = null, Action? completed = null) : LaneWork
{
    public int Executions;
    public int Completions;

    public override void Execute()
    {
        host.WorkRan();
        Executions++;
        execute?.Invoke();
    }

    public override void Completed()
    {
        Completions++;
        completed?.Invoke();
    }
}

internal sealed class TestEffects(Action flush) : TurnEffects
{
    public override void Flush() => flush();
}

/// <summary>Keeps what a lane hands over until the test runs it: a pool under the test's control.</summary>
internal sealed class ManualSchedule
{
    private readonly Queue<IThreadPoolWorkItem> _items = new();

    public int Count => _items.Count;

    public LaneOptions Options => new() { TurnMicroseconds = 0, Schedule = _items.Enqueue };

    public void RunOne() => _items.Dequeue().Execute();

    public void RunAll()
    {
        while (_items.Count > 0)
        {
            RunOne();
        }
    }
}
