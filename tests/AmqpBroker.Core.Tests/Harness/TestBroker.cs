using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>A virtual host on a journal of the test's choice, with a clock that moves when the test says so.</summary>
internal sealed class TestBroker : IDisposable
{
    private readonly List<Exception> _faults = [];
    private readonly Queue<IThreadPoolWorkItem> _scheduled = new();

    /// <param name="stepped">Nothing becomes durable until <see cref="Sync"/>.</param>
    /// <param name="limits">What holds in the virtual host.</param>
    internal TestBroker(bool stepped = false, VirtualHostLimits? limits = null)
        : this(new MemoryStore(new MemoryJournal(stepped)), NewHost(limits), new ManualClock())
    {
    }

    /// <summary>An empty virtual host on an empty store.</summary>
    /// <param name="store">Where its journal is.</param>
    /// <param name="clock">Its time.</param>
    /// <param name="limits">What holds in the virtual host.</param>
    /// <param name="checkpointBytes">How far the journal grows until a checkpoint.</param>
    internal TestBroker(TestStore store, ManualClock clock, VirtualHostLimits? limits = null, long checkpointBytes = 4096)
        : this(store, NewHost(limits), clock, checkpointBytes)
    {
    }

    private TestBroker(TestStore store, VirtualHost host, ManualClock clock, long checkpointBytes = 4096)
    {
        Clock = clock;
        Store = store;
        RecoveredTo = store.Journal.NextPosition;
        Host = host;
        host.Attach(store.Journal);
        var lane = new LaneOptions { Schedule = _scheduled.Enqueue, TurnMicroseconds = 0 };
        Runtime = new VirtualHostRuntime(host, store.Journal, clock, _faults.Add, Warnings.Add, lane) { CheckpointBytes = checkpointBytes };
        RunScheduled();
    }

    /// <summary>What the start could not bring back.</summary>
    internal IReadOnlyList<string> Lost { get; private init; } = [];

    /// <summary>What those who look after the broker were told since.</summary>
    internal List<string> Warnings { get; } = [];

    internal ManualClock Clock { get; }

    internal TestStore Store { get; }

    internal IJournal Journal => Store.Journal;

    /// <summary>Where the journal ended when the broker started on it.</summary>
    internal long RecoveredTo { get; }

    internal VirtualHost Host { get; }

    internal VirtualHostRuntime Runtime { get; }

    /// <summary>What the virtual host could not go on from; a test that ends with one fails.</summary>
    internal IReadOnlyList<Exception> Faults => _faults;

    internal TestClient Connect(string user = "guest", bool takesConsumerCancel = true, IAccessRules? rules = null) => new(
        this,
        new SessionIdentity
        {
            User = new User { Name = ShortString.FromString(user) },
            AccessRules = rules,
            ConnectionName = "test",
            TakesConsumerCancel = takesConsumerCancel,
        });

    /// <summary>The one fault that there must have been; the test meant it.</summary>
    internal Exception ExpectFault()
    {
        Exception fault = Assert.Single(_faults);
        _faults.Clear();
        return fault;
    }

    /// <summary>The disk does not answer.</summary>
    internal bool HoldReads { get; set; }

    /// <summary>Runs what the lane left to the thread pool, and reads what it wants to have read.</summary>
    internal void RunScheduled()
    {
        do
        {
            while (_scheduled.TryDequeue(out IThreadPoolWorkItem? item))
            {
                item.Execute();
            }
        }
        while (!HoldReads && Store.RunReads());
    }

    /// <summary>Time passes, and what falls due happens.</summary>
    internal void Advance(long milliseconds)
    {
        Clock.Advance(milliseconds);
        RunScheduled();
    }

    /// <summary>What was written so far becomes durable.</summary>
    internal void Sync()
    {
        Store.Sync();
        RunScheduled();
    }

    /// <summary>A broker that starts from what is durable of this one's journal: what a crash leaves.</summary>
    /// <param name="downMs">How much time passes until then.</param>
    internal TestBroker Restart(long downMs = 0)
    {
        VirtualHost host = NewHost(Host.Limits);
        var replay = new Replay(host);
        TestStore store = Store.Crash(replay, out bool cleanStop);
        replay.Complete(store.Journal, cleanStop);
        return new TestBroker(store, host, Clock.Later(downMs)) { Lost = [.. replay.Lost, .. replay.LostWithDamage] };
    }

    /// <summary>Stops in order and starts again; this broker is not to be used afterwards.</summary>
    /// <param name="downMs">How much time passes in between.</param>
    internal TestBroker StopAndStart(long downMs = 0)
    {
        Runtime.Dispose();
        VirtualHost host = NewHost(Host.Limits);
        var replay = new Replay(host);
        TestStore store = Store.Reopen(replay, out bool cleanStop);
        replay.Complete(store.Journal, cleanStop);
        return new TestBroker(store, host, Clock.Later(downMs)) { Lost = [.. replay.Lost, .. replay.LostWithDamage] };
    }

    /// <summary>The durable state that a second core has after it was fed the journal of this one.</summary>
    internal string HashOfSecondCore()
    {
        VirtualHost host = NewHost(Host.Limits);
        var replay = new Replay(host);
        TestStore copy = Store.Copy(replay);
        using IJournal journal = copy.Journal;
        replay.Complete(journal, cleanStop: false);
        host.Attach(journal);
        return DurableState.Hash(host);
    }

    private static VirtualHost NewHost(VirtualHostLimits? limits = null) =>
        new(ShortString.FromString("/"), new Random(1).NextBytes) { Limits = limits ?? new VirtualHostLimits() };

    public void Dispose()
    {
        Runtime.Dispose();
        Assert.Empty(_faults);
    }
}
