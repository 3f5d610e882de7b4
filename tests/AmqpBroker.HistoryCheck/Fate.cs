namespace AmqpBroker.HistoryCheck;

/// <summary>One way in which it may have come to where something is: its changes since the last cut, and what they suppose.</summary>
internal sealed record Path(Change[] Changes, Supposition[] Suppositions)
{
    internal State Now => Changes[^1].State;

    internal bool IsAllowed => Suppositions.All(s => s.IsAllowed);

    internal bool LeadsAs(Path other) => Changes.Select(Way).SequenceEqual(other.Changes.Select(Way))
        && Suppositions.Length == other.Suppositions.Length
        && Suppositions.Zip(other.Suppositions).All(s => s.First.IsAs(s.Second));

    private static (string?, int, int) Way(Change change) => (change.State.Place, change.State.Returns, change.State.Deaths);

    internal Path With(Change change) => this with { Changes = [.. Changes, change] };
}

/// <summary>
/// What may have become of one thing: a copy of a message, or a definition. Every change is applied to every path; a crash
/// makes of each path as many as there are places at which it may have cut it off; what is seen removes the paths that do not
/// agree with it. No path left: a promise was broken.
/// </summary>
internal sealed class Fate
{
    /// <summary>Every end that nothing is seen after multiplies them.</summary>
    private const int MostPaths = 64;

    /// <summary>The channel of what time brings about: where no channels are in step, nothing follows from that for others.</summary>
    internal const string Time = "time";

    private static readonly Change Beginning = new(0, "", State.Nowhere);

    private Path[] _paths = [new Path([Beginning], [])];

    /// <summary>The paths that what is known of the cuts still allows; all of them if that contradicts itself.</summary>
    internal Path[] Paths => _paths.Length == 1 || Array.TrueForAll(_paths, p => !p.IsAllowed) ? _paths : [.. _paths.Where(p => p.IsAllowed)];

    /// <summary>Nothing is left that a crash could undo or that is not known.</summary>
    internal bool IsAtRest => _paths is [{ Changes.Length: 1 }];

    /// <summary>Changes that no crash can undo any more are forgotten, as are paths that are known not to be.</summary>
    internal void Settle(Predicate<Change> isDurable)
    {
        _paths = Paths;
        if (_paths is [var only])
        {
            Learn(only);
            int last = Array.FindLastIndex(only.Changes, isDurable);
            _paths = last > 0 ? [new Path([Beginning with { State = only.Changes[last].State }, .. only.Changes[(last + 1)..]], [])] : _paths;
        }
    }

    internal bool MayBe(Func<State, bool> predicate) => Paths.Any(p => predicate(p.Now));

    internal bool IsCertainly(Func<State, bool> predicate) => Paths.All(p => predicate(p.Now));

    /// <summary>Applies a change: null for paths on which nothing happens. True if on some path something did.</summary>
    internal bool Apply(int line, string channel, Func<State, State?> next)
    {
        bool changed = false;
        for (int i = 0; i < _paths.Length; i++)
        {
            if (next(_paths[i].Now) is { } state && state != _paths[i].Now)
            {
                _paths[i] = _paths[i].With(new Change(line, channel, state));
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>
    /// As <see cref="Apply"/>, but it may also not have happened, or happen later: of the paths that lead the same way the
    /// earliest stands for all.
    /// </summary>
    internal void ApplyPerhaps(int line, string channel, Func<State, State?> next)
    {
        Path[] before = _paths;
        _paths = [.. _paths];
        if (Apply(line, channel, next))
        {
            _paths = [.. before, .. _paths.Where(p => !Array.Exists(before, p.LeadsAs))];
        }
    }

    /// <summary>
    /// Cuts every path at each change that may have been lost.
    /// </summary>
    /// <param name="cut">Where: one for all things.</param>
    /// <param name="mayBeLost">May this change have been lost?</param>
    /// <param name="survivor">What is left of a state; the paths start anew with it. Null: nothing starts anew.</param>
    /// <param name="ifLost">What follows where something was lost.</param>
    internal void CutAt(Cut cut, Func<Change, bool> mayBeLost, Func<State, State>? survivor, Func<Change, State, State?>? ifLost = null)
    {
        var left = new List<Path>();
        foreach (Path path in Paths)
        {
            for (int kept = path.Changes.Length; kept > 0; kept--)
            {
                Change? lost = kept < path.Changes.Length ? path.Changes[kept] : null;
                if (lost is not null && !mayBeLost(lost))
                {
                    continue;
                }

                Change[] certain = [.. path.Changes[1..kept].Where(c => c.Channel != Time)];
                Change? uncertain = lost?.Channel == Time ? null : lost;
                Path option = path with { Changes = path.Changes[..kept] };
                if (certain.Length > 0 || uncertain is not null)
                {
                    option = option with { Suppositions = [.. path.Suppositions, new Supposition(cut, certain, uncertain)] };
                }

                if (lost is not null && ifLost?.Invoke(lost, option.Now) is { } follows)
                {
                    option = option.With(new Change(lost.At, lost.Channel, follows));
                }

                option = survivor is null ? option : option with { Changes = [Beginning with { State = survivor(option.Now) }] };
                if (!left.Exists(option.LeadsAs))
                {
                    left.Add(option);
                }
            }
        }

        _paths = left.Count > MostPaths ? Merged(left) : [.. left];
    }

    /// <summary>Without what they suppose, few ways are left: what is seen of it tells nothing more of other things.</summary>
    private static Path[] Merged(List<Path> paths)
    {
        var merged = new List<Path>();
        foreach (Path path in paths)
        {
            Path free = path with { Suppositions = [] };
            if (!merged.Exists(free.LeadsAs))
            {
                merged.Add(free);
            }
        }

        return [.. merged];
    }

    /// <summary>
    /// It was seen in a state. Gives null if that can be; otherwise whether it could be if the cuts were not known
    /// (<see cref="Kinds.Torn"/>), or not at all (empty). Afterwards it is in the state that was seen.
    /// </summary>
    internal string? See(int line, Func<State, bool> agrees, Func<State> otherwise)
    {
        Path[] agreeing = [.. _paths.Where(p => agrees(p.Now))];
        Path[] allowed = [.. agreeing.Where(p => p.IsAllowed)];
        if (allowed.Length == 0)
        {
            _paths = [new Path([Beginning, new Change(line, "", otherwise())], [])];
            return agreeing.Length > 0 ? Kinds.Torn : "";
        }

        _paths = agreeing;
        if (allowed is [var only])
        {
            Learn(only);
        }

        return null;
    }

    private static void Learn(Path only)
    {
        foreach (Supposition supposition in only.Suppositions.Where(s => s.IsAllowed))
        {
            supposition.Cut.Learn(supposition.Kept, supposition.Lost);
        }
    }
}
