using System.Diagnostics;

namespace AmqpBroker.Differential.Duels;

/// <summary>Takes steps out of a script as long as the brokers still differ.</summary>
internal sealed class Shrinker(Duel duel)
{
    /// <summary>A difference that shows in so many runs one after the other is none by chance.</summary>
    private const int Runs = 3;

    /// <summary>Enough for a hundred scripts that differ, each of which waits in vain.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Of a difference that is known to be there.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>The shortest script found that still differs; null if the difference does not show again.</summary>
    public (IReadOnlyList<Step> Script, DuelDifference Difference)? Shrink(IReadOnlyList<Step> script)
    {
        long begun = Stopwatch.GetTimestamp();
        if (Confirmed(script) is not { } difference)
        {
            return null;
        }

        List<Step> shortest = [.. script.Take(difference.Step + 1)];
        bool shorter = true;
        for (int chunk = Math.Max(1, shortest.Count / 2); shorter || chunk > 1; chunk = Math.Max(1, chunk / 2))
        {
            shorter = false;
            for (int at = shortest.Count - chunk; at > -chunk && Stopwatch.GetElapsedTime(begun) < s_limit; at -= chunk)
            {
                int from = Math.Max(0, at);
                List<Step> candidate = [.. shortest[..from], .. shortest[(at + chunk)..]];
                if (candidate.Count > 0 && duel.Run(candidate, s_patience) is { } still)
                {
                    difference = still;
                    shortest = [.. candidate.Take(still.Step + 1)];
                    at = Math.Min(at, shortest.Count);
                    shorter = true;
                }
            }
        }

        // What was shrunk by chance is given back whole.
        return Confirmed(shortest) is { } confirmed ? (shortest, confirmed) : (script, difference);
    }

    private DuelDifference? Confirmed(IReadOnlyList<Step> script)
    {
        DuelDifference? difference = null;
        for (int i = 0; i < Runs; i++)
        {
            difference = duel.Run(script);
            if (difference is null)
            {
                return null;
            }
        }

        return difference;
    }
}
