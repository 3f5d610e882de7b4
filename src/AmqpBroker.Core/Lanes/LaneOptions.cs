namespace AmqpBroker.Core.Lanes;

/// <summary>The limits of a lane.</summary>
public sealed record LaneOptions
{
    /// <summary>
    /// Works that may wait for the holder. Each connection has at most two works outstanding and the house a handful
    /// (timers, disk, management), so 65,536 connections at twice that never reach it: reaching it is a poster's bug.
    /// </summary>
    public const int DefaultInboxLimit = 256 * 1024;

    /// <summary>Works of others that one holder runs before it lets go: a poster's own connection must not starve.</summary>
    public const int DefaultWorksPerTurn = 64;

    /// <summary>
    /// How long one holder runs works of others, in microseconds: about ten full batches, and well below what a
    /// client notices as a delay of its own connection.
    /// </summary>
    public const int DefaultTurnMicroseconds = 200;

    /// <summary>Works that may wait for the holder; one more is refused.</summary>
    public int InboxLimit { get; init; } = DefaultInboxLimit;

    /// <summary>Works of others in one turn, at most.</summary>
    public int WorksPerTurn { get; init; } = DefaultWorksPerTurn;

    /// <summary>
    /// Time for works of others in one turn, in microseconds; a work begun in time is finished. Zero means no limit
    /// in time (and no clock is read): what a deterministic run needs.
    /// </summary>
    public int TurnMicroseconds { get; init; } = DefaultTurnMicroseconds;

    /// <summary>
    /// Puts an item on another thread, which executes it exactly once. The thread pool unless a test or a simulation
    /// brings a scheduler of its own.
    /// </summary>
    public Action<IThreadPoolWorkItem> Schedule { get; init; } =
        static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    /// <summary>Called between the gate's atomic steps, in the test that goes through all their orders; null elsewhere.</summary>
    internal Action? Probe { get; init; }
}
