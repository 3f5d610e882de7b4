using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// A virtual host at work: its lane, its journal, its clock. Brings commands, disk answers and timer ticks into the lane, and
/// what the lane decided out to the journal and the connections. Any thread may post.
/// </summary>
public sealed partial class VirtualHostRuntime : ILaneHost, ICommitListener, IDisposable
{
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly Lane _lane;
    private readonly Action<Exception> _failed;
    private readonly CommittedWork _committed;
    private readonly CheckpointWork _checkpointing;
    private readonly CheckpointedWork _checkpointed;
    private readonly MakeRoomWork _makingRoom;
    private readonly MoveWork _moving;
    private readonly SpaceKeeper _space;
    private readonly TickWork _tick;
    private readonly ITimer _timer;
    private readonly Stack<Touched> _free = new();
    private Touched? _touched;
    private long _timerDueMs = long.MaxValue;
    private TaskCompletionSource? _room;
    private bool _diskFull;

    /// <summary>Starts a virtual host on a journal that was replayed into it.</summary>
    /// <param name="host">The state, as recovered.</param>
    /// <param name="journal">Where outcomes are logged.</param>
    /// <param name="time">The clock and its timers.</param>
    /// <param name="failed">Called when the virtual host cannot go on: its journal failed, or its own code did.</param>
    /// <param name="warn">Told of what the virtual host lives with. Here and not set later: a start finds damage while it still runs.</param>
    /// <param name="lane">The lane's limits; tests bring their own scheduler with them.</param>
    internal VirtualHostRuntime(VirtualHost host, IJournal journal, TimeProvider time, Action<Exception> failed, Action<string> warn, LaneOptions? lane = null)
    {
        Host = host;
        _journal = journal;
        _time = time;
        _failed = failed;
        _lane = new Lane(this, lane ?? new LaneOptions());
        Policies = new PolicyCommands(this);
        host.PostToLane = work => _lane.PostBrief(work);
        host.Warn = warn;
        _committed = new CommittedWork(this);
        _tick = new TickWork(this);
        _checkpointing = new CheckpointWork(this);
        _checkpointed = new CheckpointedWork(this);
        _makingRoom = new MakeRoomWork(this);
        _moving = new MoveWork(this);
        _space = new SpaceKeeper(host, journal);
        _timer = time.CreateTimer(static state => ((VirtualHostRuntime)state!)._tick.Post(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        journal.Subscribe(this);
        new StartWork(this).Post();
    }

    /// <summary>The state; lane only.</summary>
    internal VirtualHost Host { get; }

    /// <summary>Nothing is run any more: its journal or its own code failed and the process is about to end, or it was deleted. Any thread.</summary>
    public bool HasEnded => Host.HasEnded;

    /// <summary>Its name.</summary>
    public ShortString Name => Host.Name;

    /// <summary>The queues by name, as they were gathered last. Any thread.</summary>
    internal WeakReference<QueueIndex?> QueueIndex { get; } = new(null);

    /// <summary>The commands for its policies. Any thread.</summary>
    public PolicyCommands Policies { get; }

    /// <summary>The journal waits for room on the disk. Any thread.</summary>
    internal bool DiskFull
    {
        get => Volatile.Read(ref _diskFull);
        private set => Volatile.Write(ref _diskFull, value);
    }

    /// <summary>
    /// Runs the work now, on this thread, and gives true; or leaves it to whoever holds the lane, who will call
    /// <see cref="LaneWork.Completed"/>, and gives false.
    /// </summary>
    public bool Post(LaneWork work) => _lane.Post(work);

    /// <summary>
    /// Completes when the journal takes more: await it before posting, so that what waits for the disk stays bounded. What
    /// brings no messages (<paramref name="publishes"/>: false), such as acknowledgements, has room for longer: a full disk
    /// stops publishers, and consumers go on.
    /// </summary>
    public ValueTask WaitForRoomAsync(bool publishes = true)
    {
        if (HasRoom(publishes))
        {
            return ValueTask.CompletedTask;
        }

        TaskCompletionSource source = Volatile.Read(ref _room) ?? CreateRoomSource();
        if (HasRoom(publishes) && Interlocked.CompareExchange(ref _room, null, source) == source)
        {
            // Room came between the two looks: nobody else will say so.
            source.TrySetResult();
        }

        return new ValueTask(source.Task);
    }

    /// <summary>The virtual host was deleted and nobody uses it any more: nothing is run or stored from here on. Waits for the lane.</summary>
    internal void Retire() => Dispose();

    private bool HasRoom(bool publishes) => publishes ? _journal.HasRoom : _journal.HasReserve;

    /// <inheritdoc/>
    public void Dispose()
    {
        // A tick that is under way would find the journal closed.
        _timer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        End();
        _journal.Dispose();
    }

    /// <summary>From here on nothing is written: what a commit brings about would come behind the mark of an orderly end.</summary>
    private void End()
    {
        if (HasEnded)
        {
            return;
        }

        var work = new RetireWork(Host);
        if (!_lane.Post(work))
        {
            work.WhenDone.GetAwaiter().GetResult();
        }
    }

    void ILaneHost.BeginTurn() => Host.NowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();

    TurnEffects? ILaneHost.EndTurn()
    {
        if (Host.HasEnded)
        {
            // What a command left half done must not be stored, and nothing more may be promised.
            return null;
        }

        Host.Log.EndTurn();
        Host.Gates.EndTurn();
        Host.BringToEnd();
        Host.Log.EndTurn();
        KeepSpace();
        ArmTimer();
        if (_touched is null)
        {
            return null;
        }

        Touched touched = _touched;
        _touched = null;
        foreach (Session session in touched.Sessions)
        {
            session.Seal();
        }

        return touched;
    }

    void ILaneHost.OnFault(LaneWork? work, Exception exception) => Fail(exception);

    void ICommitListener.Committed(long position) => _committed.Post();

    void ICommitListener.Failed(Exception exception) => Fail(exception);

    void ICommitListener.RoomAvailable() => Interlocked.Exchange(ref _room, null)?.TrySetResult();

    void ICommitListener.DiskFull(bool full)
    {
        DiskFull = full;
        _tick.Post();
    }

    /// <summary>The session has frames to send at the end of this turn. Lane only.</summary>
    internal void Touch(Session session)
    {
        if (_touched is null)
        {
            lock (_free)
            {
                _touched = _free.TryPop(out Touched? free) ? free : new Touched(this);
            }
        }

        _touched.Sessions.Add(session);
    }

    /// <summary>From here on nothing is run, stored or promised: the process ends, and a start recovers what was stored.</summary>
    private void Fail(Exception exception)
    {
        if (!Host.HasEnded)
        {
            Host.HasEnded = true;
            _failed(exception);
        }
    }

    private TaskCompletionSource CreateRoomSource()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _room, source, null) ?? source;
    }

    private void ArmTimer()
    {
        // While messages come into memory after a start, what is due waits for the last of them.
        long due = Host.IsWarmingUp ? long.MaxValue : Host.Timers.NextMs;
        due = Math.Min(due, NextLookAtSpaceMs());
        if (due == _timerDueMs)
        {
            return;
        }

        _timerDueMs = due;
        TimeSpan wait = due == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Clamp(due - Host.NowMs, 0, LongestWaitMs));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A timer takes at most some 49 days; a tick that comes early finds nothing due and sets it anew.</summary>
    private const long LongestWaitMs = 24L * 60 * 60 * 1000;

    private void Tick()
    {
        _timerDueMs = -1;
        Host.Tick();
    }

    /// <summary>The sessions a turn has frames for, to be flushed outside the lane. Pooled.</summary>
    private sealed class Touched(VirtualHostRuntime runtime) : TurnEffects
    {
        internal List<Session> Sessions { get; } = [];

        public override void Flush()
        {
            foreach (Session session in Sessions)
            {
                session.Flush();
            }

            Sessions.Clear();
            lock (runtime._free)
            {
                runtime._free.Push(this);
            }
        }
    }

    private sealed class RetireWork(VirtualHost host) : LaneWork
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task WhenDone => _done.Task;

        public override void Execute()
        {
            // What others did in this turn is handed over before, since its end hands nothing over.
            host.BringToEnd();
            host.Log.EndTurn();
            host.HasEnded = true;
        }

        public override void Completed() => _done.SetResult();
    }

    /// <summary>A work of the house's own that is posted at most once at a time, and once more when it was asked for meanwhile.</summary>
    private abstract class OwnWork(VirtualHostRuntime runtime) : LaneWork
    {
        private const int Idle = 0;
        private const int Posted = 1;
        private const int PostedAndAsked = 2;

        private int _state;

        protected VirtualHostRuntime Runtime { get; } = runtime;

        /// <summary>At its end a virtual host does nothing by itself any more.</summary>
        public sealed override void Execute()
        {
            if (!Runtime.Host.HasEnded)
            {
                Run();
            }
        }

        protected abstract void Run();

        internal void Post()
        {
            while (true)
            {
                int state = Volatile.Read(ref _state);
                if (state == PostedAndAsked)
                {
                    return;
                }

                if (Interlocked.CompareExchange(ref _state, state + 1, state) == state)
                {
                    if (state == Idle)
                    {
                        Send();
                    }

                    return;
                }
            }
        }

        public override void Completed()
        {
            if (!IsThrough())
            {
                Send();
            }
        }

        // A loop and no recursion: a work that asks for itself again, as a long checkpoint does, runs many times in a row.
        private void Send()
        {
            while (Runtime._lane.PostBrief(this) && !IsThrough())
            {
            }
        }

        private bool IsThrough()
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Posted) == Posted)
            {
                return true;
            }

            Volatile.Write(ref _state, Posted);
            return false;
        }
    }

    private sealed class CommittedWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run()
        {
            Runtime.Host.Gates.Release();
            Runtime.Host.Memory.Committed(Runtime._journal.CommittedPosition);
            Runtime.Host.EndCommand();
        }
    }

    private sealed class StartWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run() => Runtime.Host.Start();
    }

    private sealed class TickWork(VirtualHostRuntime runtime) : OwnWork(runtime)
    {
        protected override void Run() => Runtime.Tick();
    }
}
