using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>A virtual host on a journal in memory, with a clock that moves when the test says so.</summary>
internal sealed class TestBroker : IDisposable
{
    private readonly List<Exception> _faults = [];
    private readonly Queue<IThreadPoolWorkItem> _scheduled = new();

    /// <param name="stepped">Nothing becomes durable until <see cref="Sync"/>.</param>
    internal TestBroker(bool stepped = false)
        : this(new MemoryJournal(stepped), NewHost(), new ManualClock())
    {
    }

    private TestBroker(MemoryJournal journal, VirtualHost host, ManualClock clock)
    {
        Clock = clock;
        Journal = journal;
        Host = host;
        host.Attach(journal);
        var lane = new LaneOptions { Schedule = _scheduled.Enqueue, TurnMicroseconds = 0 };
        Runtime = new VirtualHostRuntime(host, journal, clock, _faults.Add, lane) { CheckpointBytes = 4096 };
    }

    internal ManualClock Clock { get; }

    internal MemoryJournal Journal { get; }

    internal VirtualHost Host { get; }

    internal VirtualHostRuntime Runtime { get; }

    internal TestClient Connect(string user = "guest", bool takesConsumerCancel = true) => new(
        this,
        new SessionIdentity
        {
            User = new User { Name = ShortString.FromString(user) },
            ConnectionName = "test",
            TakesConsumerCancel = takesConsumerCancel,
        });

    /// <summary>Runs what the lane left to the thread pool.</summary>
    internal void RunScheduled()
    {
        while (_scheduled.TryDequeue(out IThreadPoolWorkItem? item))
        {
            item.Execute();
        }
    }

    /// <summary>What was written so far becomes durable.</summary>
    internal void Sync()
    {
        while (Journal.RunOneGroup())
        {
        }
    }

    /// <summary>A broker that starts from what is durable of this one's journal: what a crash leaves.</summary>
    internal TestBroker Restart()
    {
        VirtualHost host = NewHost();
        var replay = new Replay(host);
        MemoryJournal journal = Journal.Reopen(replay, out RecoveryInfo info);
        replay.Complete(journal, info.CleanStop);
        return new TestBroker(journal, host, Clock);
    }

    private static VirtualHost NewHost() => new(ShortString.FromString("/"), new Random(1).NextBytes);

    public void Dispose()
    {
        Runtime.Dispose();
        Assert.Empty(_faults);
    }
}
