namespace AmqpBroker.Core.Tests.Lanes;

/// <summary>
/// Runs threads one at a time, switching only where they call <see cref="Yield"/>, and goes through all orders in
/// which they can be switched, depth first, or where those are too many through random ones. The threads are real, the order is not left to chance.
/// </summary>
internal sealed class Interleaver : IDisposable
{
    [ThreadStatic]
    private static Worker? t_current;

    private readonly SemaphoreSlim _stopped = new(0);
    private readonly List<Worker> _runnable = [];
    private readonly Stack<Worker> _idle = new();
    private readonly List<Worker> _all = [];
    private readonly List<int> _choices = [];
    private readonly List<int> _widths = [];
    private Random? _random;
    private int _depth;
    private volatile bool _abandoned;

    /// <summary>Orders gone through.</summary>
    public int Runs { get; private set; }

    /// <summary>Threads of the current run, so far.</summary>
    public int Started { get; private set; }

    /// <summary>
    /// Starts the threads of one run anew until no order is left, or for so many random orders (0: all); check is
    /// called after each.
    /// </summary>
    public void Explore(Func<Action[]> newRun, int randomRuns, Action check)
    {
        // A fixed seed: a failure repeats.
        _random = randomRuns > 0 ? new Random(1) : null;
        do
        {
            _depth = 0;
            Started = 0;
            foreach (Action body in newRun())
            {
                Start(body);
            }
            while (_runnable.Count > 0)
            {
                Worker next = _runnable[Choose(_runnable.Count)];
                next.Go.Release();
                _stopped.Wait();
                if (next.Body is null)
                {
                    _runnable.Remove(next);
                    _idle.Push(next);
                }
                if (next.Failure is not null)
                {
                    throw new InvalidOperationException($"Order {string.Join(',', _choices)} failed.", next.Failure);
                }
            }
            check();
            Runs++;
        }
        while (_random is null ? Advance() : Restart(randomRuns));
    }

    /// <summary>Adds a thread to the run; from the test, or from the thread that runs.</summary>
    public void Start(Action body)
    {
        if (!_idle.TryPop(out Worker? worker))
        {
            worker = new Worker(this);
            _all.Add(worker);
        }
        worker.Body = body;
        _runnable.Add(worker);
        Started++;
    }

    /// <summary>Called by a thread of the run: any other may go on here.</summary>
    public void Yield()
    {
        Worker current = t_current ?? throw new InvalidOperationException("Not a thread of the run.");
        if (_abandoned)
        {
            return;
        }
        _stopped.Release();
        current.Go.Wait();
    }

    public void Dispose()
    {
        // After a failed run threads may stand in the middle of their bodies: they run to the end, one after the other,
        // and may start further ones.
        _abandoned = true;
        for (int i = 0; i < _all.Count; i++)
        {
            Worker worker = _all[i];
            worker.Go.Release(2);
            worker.Thread.Join();
            worker.Go.Dispose();
        }
        _stopped.Dispose();
    }

    private int Choose(int width)
    {
        if (_depth == _choices.Count)
        {
            _choices.Add(_random?.Next(width) ?? 0);
            _widths.Add(width);
        }
        return _choices[_depth++];
    }

    private bool Restart(int randomRuns)
    {
        _choices.Clear();
        _widths.Clear();
        return Runs < randomRuns;
    }

    private bool Advance()
    {
        while (_choices.Count > 0)
        {
            int last = _choices.Count - 1;
            if (++_choices[last] < _widths[last])
            {
                return true;
            }
            _choices.RemoveAt(last);
            _widths.RemoveAt(last);
        }
        return false;
    }

    private sealed class Worker
    {
        private readonly Interleaver _owner;

        public Worker(Interleaver owner)
        {
            _owner = owner;
            Thread = new Thread(Loop) { IsBackground = true };
            Thread.Start();
        }

        public Thread Thread { get; }

        public SemaphoreSlim Go { get; } = new(0);

        public Action? Body { get; set; }

        public Exception? Failure { get; private set; }

        private void Loop()
        {
            t_current = this;
            while (true)
            {
                Go.Wait();
                if (Body is null)
                {
                    return;
                }
                try
                {
                    Body();
                }
                catch (Exception e)
                {
                    Failure = e;
                }
                Body = null;
                _owner._stopped.Release();
            }
        }
    }
}
