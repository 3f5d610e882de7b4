namespace AmqpBroker.Benchmarks.LaneOrLocks;

/// <summary>How a broker variant guards its parts; a struct, so that the variant without locks compiles to nothing.</summary>
internal interface ISync
{
    static abstract bool SharedLog { get; }

    static abstract void Enter(Lock gate);

    static abstract void Exit(Lock gate);
}

/// <summary>The lane guards everything: no lock at all.</summary>
internal readonly struct InLane : ISync
{
    public static bool SharedLog => true;

    public static void Enter(Lock gate)
    {
    }

    public static void Exit(Lock gate)
    {
    }
}

/// <summary>A lock per queue and per session, and one for the log, whose order must be that of every queue.</summary>
internal readonly struct WithLocks : ISync
{
    public static bool SharedLog => true;

    public static void Enter(Lock gate) => gate.Enter();

    public static void Exit(Lock gate) => gate.Exit();
}

/// <summary>The same without a common log: the most that locks could give, at the price of the one order of things.</summary>
internal readonly struct WithLocksNoLog : ISync
{
    public static bool SharedLog => false;

    public static void Enter(Lock gate) => gate.Enter();

    public static void Exit(Lock gate) => gate.Exit();
}
