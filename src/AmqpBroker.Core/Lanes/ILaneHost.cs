namespace AmqpBroker.Core.Lanes;

/// <summary>What a lane runs its turns for. All but <see cref="OnFault"/> are called inside the lane.</summary>
public interface ILaneHost
{
    /// <summary>Inside the lane, before the first work of a turn: takes the clock for all works of the turn.</summary>
    void BeginTurn();

    /// <summary>
    /// Inside the lane, after the last work of a turn and before the lane is let go: appends the journal batch,
    /// seals what the turn wrote for each session.
    /// </summary>
    /// <returns>What has to be flushed outside the lane, or null when the turn touched no session.</returns>
    TurnEffects? EndTurn();

    /// <summary>
    /// An exception escaped from lane code; the lane goes on. Called inside the lane for works and turns, outside
    /// for <see cref="LaneWork.Completed"/> and <see cref="TurnEffects.Flush"/>. Must not throw: if it does, nobody
    /// is left who could handle it, and the process is ended.
    /// </summary>
    /// <param name="work">The work that failed, or null when the host's own turn or flush failed.</param>
    /// <param name="exception">What escaped.</param>
    void OnFault(LaneWork? work, Exception exception);
}
