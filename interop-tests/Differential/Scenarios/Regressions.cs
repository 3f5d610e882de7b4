using AmqpBroker.Differential.Duels;
using static AmqpBroker.Differential.Duels.Steps;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Random scripts that once showed a difference, shrunk.</summary>
internal static class Regressions
{
    public static IEnumerable<(string, IReadOnlyList<Step>)> script()
    {
        yield return ("requeue_and_get", [Declare(1, "q"), Publish(1, "", "q", "m0"), Get(1, "q"), Nack(1, 0), Get(2, "q"), CloseAll(), Drain("q")]);
    }
}
