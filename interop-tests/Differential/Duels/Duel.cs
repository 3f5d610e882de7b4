using System.Diagnostics;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.Duels;

/// <summary>The first step after which the brokers differed, and how.</summary>
internal sealed record DuelDifference(int Step, string RabbitMQ, string Ours, string RabbitMQLog, string OursLog);

/// <summary>
/// Runs a script against this broker, and then against RabbitMQ, which is given time after each step to come to where this
/// broker came to at once: so that no time is waited in vain, and a state never reached is a difference. For one thread.
/// </summary>
internal sealed class Duel(IBroker rabbit, IBroker ours)
{
    /// <summary>Queues of this name expire their messages at once; the next step begins when they have.</summary>
    public const string ShortLived = "t";

    /// <summary>How long RabbitMQ is given on a machine that does other things too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static int s_runs;

    /// <summary>The first difference; null if there is none.</summary>
    public DuelDifference? Run(IReadOnlyList<Step> script, TimeSpan? patience = null)
    {
        string prefix = $"{rabbit.NamePrefix}d{Interlocked.Increment(ref s_runs)}.";
        bool ownHost = script.Any(step => step.OnOwnHost);
        using Stage here = new(ours, prefix, ownHost);
        List<(string Heard, string Seen)> expected = [.. script.Select(step => Play(here, step))];
        using Stage there = new(rabbit, prefix, ownHost);
        for (int i = 0; i < script.Count; i++)
        {
            there.Take(script[i]);
            (string heard, string seen) = Watch(there, expected[i], patience ?? Patience);
            if ((heard, seen) != expected[i])
            {
                return new DuelDifference(i, heard + seen, expected[i].Heard + expected[i].Seen, there.Transcript.Log, here.Transcript.Log);
            }

            there.EndStep(seen);
        }

        return null;
    }

    private static (string Heard, string Seen) Play(Stage here, Step step)
    {
        here.Take(step);
        long begun = Stopwatch.GetTimestamp();
        while (here.Ready(ShortLived) > 0 && Stopwatch.GetElapsedTime(begun) < Patience)
        {
            Thread.Sleep(5); // waits because nothing announces what expires
        }

        string seen = here.Seen();
        here.Receive();
        string heard = here.Heard();
        here.EndStep(seen);
        return (heard, seen);
    }

    /// <summary>Looks until all is as expected and stays so at a second look, or patience ends.</summary>
    private static (string Heard, string Seen) Watch(Stage there, (string Heard, string Seen) expected, TimeSpan patience)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int same = 0; ;)
        {
            string seen = there.Seen();
            there.Receive();
            string heard = there.Heard();
            bool isSame = heard == expected.Heard && seen == expected.Seen;
            same = isSame ? same + 1 : 0;
            if (same == 2 || (!isSame && Stopwatch.GetElapsedTime(begun) > patience))
            {
                return (heard, seen);
            }

            if (!isSame)
            {
                Thread.Sleep(2); // waits because RabbitMQ announces nothing of what its queues have yet to do
            }
        }
    }
}
