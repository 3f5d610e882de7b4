namespace AmqpBroker.Core.Lanes;

/// <summary>
/// What one turn left to do outside the lane: the sessions it touched, with their sealed chunks. The host takes it
/// from a pool of its own, hands it out from <see cref="ILaneHost.EndTurn"/> and takes it back at the end of
/// <see cref="Flush"/>.
/// </summary>
public abstract class TurnEffects
{
    /// <summary>
    /// Outside the lane, once: flushes the sessions touched. Turns that follow may already run, and their flushes
    /// with it, so two threads may flush one session: what it sends must follow the order in which it was sealed.
    /// </summary>
    public abstract void Flush();
}
