namespace AmqpBroker.HistoryCheck;

/// <summary>
/// Where a crash (or the end of a channel) cut off what a channel had asked for. Nobody outside knows the place; what is seen
/// afterwards narrows it down. What one channel asked for survives up to some place, and nothing behind it does.
/// </summary>
internal sealed class Cut
{
    private readonly Dictionary<string, int> _kept = [];
    private readonly Dictionary<string, int> _lost = [];

    /// <summary>Could both the kept and the lost change have met this end?</summary>
    internal bool Allows(IEnumerable<Change> kept, Change? lost) =>
        kept.All(k => k.At < _lost.GetValueOrDefault(k.Channel, int.MaxValue))
        && (lost is null || lost.At > _kept.GetValueOrDefault(lost.Channel, -1));

    /// <summary>It is certain now that these survived and that one did not.</summary>
    internal void Learn(IEnumerable<Change> kept, Change? lost)
    {
        foreach (Change change in kept)
        {
            _kept[change.Channel] = Math.Max(_kept.GetValueOrDefault(change.Channel, -1), change.At);
        }

        if (lost is not null)
        {
            _lost[lost.Channel] = Math.Min(_lost.GetValueOrDefault(lost.Channel, int.MaxValue), lost.At);
        }
    }
}

/// <summary>What a path supposes of a cut.</summary>
internal sealed record Supposition(Cut Cut, Change[] Kept, Change? Lost)
{
    internal bool IsAllowed => Cut.Allows(Kept, Lost);

    internal bool IsAs(Supposition other) => Cut == other.Cut && Lost == other.Lost && Kept.SequenceEqual(other.Kept);
}

/// <summary>
/// Where a message or definition is: in a queue (or simply there), or nowhere. A message that is out with a consumer is still
/// in its queue.
/// </summary>
/// <param name="Place">The queue; null: not there.</param>
/// <param name="Returns">How often it came back.</param>
/// <param name="Deaths">How often it was dead-lettered.</param>
/// <param name="Since">The line that brought it into the queue: its place in the order.</param>
/// <param name="Deadline">In milliseconds of the history's clock.</param>
internal sealed record State(string? Place, int Returns = 0, int Deaths = 0, int Since = 0, long Deadline = long.MaxValue)
{
    internal static readonly State Nowhere = new((string?)null);
}

/// <summary>A change of state, by the line and the channel that caused it.</summary>
internal sealed record Change(int At, string Channel, State State);
