namespace AmqpBroker.Core.Lanes;

/// <summary>
/// One piece of work for a lane: a connection's command batch, a timer tick, a disk answer.
/// The object is its own place in the lane's inbox, so posting allocates nothing; its owner pools it and
/// posts it again only after the previous post is over (<see cref="Lane.Post"/> returned true, or
/// <see cref="Completed"/> was called).
/// </summary>
public abstract class LaneWork
{
    /// <summary>
    /// The link of the list the work is in (inbox, or done in this turn). Not null from the post until the work
    /// is over, so that posting twice is noticed.
    /// </summary>
    internal LaneWork? Next;

    /// <summary>How many works the inbox held with this one on top; written by the poster, before it is published.</summary>
    internal int Depth;

    /// <summary>
    /// Runs inside the lane, alone: the only place that may touch the lane's state. Must not block and must not
    /// hold the lane for more than a millisecond. An exception goes to <see cref="ILaneHost.OnFault"/>.
    /// </summary>
    public abstract void Execute();

    /// <summary>
    /// Called exactly once for every post that returned false, after the turn that executed the work has ended,
    /// outside the lane, on the thread that held it. Must be cheap: it wakes the poster and does no work of its
    /// own. The work may be posted again from here on.
    /// </summary>
    public virtual void Completed()
    {
    }
}
