using AmqpBroker.Differential.Duels;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>
/// Scripts of valid and invalid steps made from seeds; <c>DIFFERENTIAL_SEEDS=FROM-TO</c> runs other seeds than the usual ones.
/// What differs is printed as a shorter script, for <see cref="Regressions"/>.
/// </summary>
internal static class RandomScripts
{
    private const string UsualSeeds = "0-99";

    public static IEnumerable<(string, IReadOnlyList<Step>)> seed()
    {
        string[] range = (Environment.GetEnvironmentVariable("DIFFERENTIAL_SEEDS") is { Length: > 0 } seeds ? seeds : UsualSeeds).Split('-');
        return Enumerable.Range(int.Parse(range[0]), int.Parse(range[1]) - int.Parse(range[0]) + 1)
            .Select(seed => ($"{seed}", Generator.Script(seed)));
    }
}
