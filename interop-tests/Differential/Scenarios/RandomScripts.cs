using AmqpBroker.Differential.Duels;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>
/// Scripts of valid and invalid steps made from seeds; <c>DIFFERENTIAL_SEEDS=FROM-TO</c> runs other seeds than the usual ones.
/// What differs is printed as a shorter script, for <see cref="Regressions"/>.
/// </summary>
internal static class RandomScripts
{
    private const string UsualSeeds = "0-69";
    private const string UsualSeedsOfFlavours = "0-4";

    public static IEnumerable<(string, IReadOnlyList<Step>)> seed() => Scripts(Flavour.Plain, UsualSeeds);

    public static IEnumerable<(string, IReadOnlyList<Step>)> quorum() => Scripts(Flavour.Quorum);

    public static IEnumerable<(string, IReadOnlyList<Step>)> expirations() => Scripts(Flavour.Expirations);

    public static IEnumerable<(string, IReadOnlyList<Step>)> policies() => Scripts(Flavour.Policies);

    public static IEnumerable<(string, IReadOnlyList<Step>)> plugins() => Scripts(Flavour.Plugins);

    public static IEnumerable<(string, IReadOnlyList<Step>)> replies() => Scripts(Flavour.Replies);

    public static IEnumerable<(string, IReadOnlyList<Step>)> pipelined() => Scripts(Flavour.Pipelined);

    private static IEnumerable<(string, IReadOnlyList<Step>)> Scripts(Flavour flavour, string usual = UsualSeedsOfFlavours)
    {
        string[] range = (Environment.GetEnvironmentVariable("DIFFERENTIAL_SEEDS") is { Length: > 0 } seeds ? seeds : usual).Split('-');
        return Enumerable.Range(int.Parse(range[0]), int.Parse(range[1]) - int.Parse(range[0]) + 1)
            .Select(seed => ($"{seed}", Generator.Script(seed, flavour)));
    }
}
