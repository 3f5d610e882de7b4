using AmqpBroker.HistoryCheck;
using Xunit;

namespace AmqpBroker.Simulation.Histories;

/// <summary>
/// Seeded runs over crashes, judged by what their clients saw. AMQPBROKER_HISTORY_SEEDS sets how many,
/// AMQPBROKER_SIMULATION_FIRST where to begin.
/// </summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 2000;
    private const int SeedsNotSerial = 40;

    [Fact]
    public void Over_thousands_of_crashes_every_promise_is_kept()
    {
        int first = Setting("AMQPBROKER_SIMULATION_FIRST", 1);
        int seeds = Setting("AMQPBROKER_HISTORY_SEEDS", DefaultSeeds);
        int crashes = 0;
        for (int seed = first; seed < first + seeds; seed++)
        {
            HistoryOutcome outcome = HistoryRunner.Run(seed);
            crashes += outcome.Crashes;
            if (HistoryRunner.Judge(seed, outcome) is { } broken)
            {
                Assert.Fail(broken);
            }
        }

        string count = $"{seeds} seeds of histories from {first} on, with {crashes} crashes: every promise kept";
        output.WriteLine(count);
        Console.WriteLine($"COUNTED: {count}");
        Assert.True(crashes > seeds, count);
    }

    [Fact]
    public void A_client_that_does_not_know_what_other_channels_did_asks_for_no_more_than_was_promised()
    {
        bool caught = false;
        for (int seed = 1; seed <= SeedsNotSerial; seed++)
        {
            Assert.Empty(NotSerial(HistoryRunner.Run(seed)).Select(v => $"seed {seed}, {v}"));
            caught = caught || NotSerial(HistoryRunner.Run(seed, new SyncsNothing())).Any(v => v.Kind == Kinds.Lost);
        }

        Assert.True(caught);
    }

    private static IReadOnlyList<Violation> NotSerial(HistoryOutcome outcome) => new Checker().Check(
        new StringReader(outcome.History.Replace("history 1 serial", "history 1", StringComparison.Ordinal)));

    [Fact]
    public void A_seed_writes_the_same_history_every_time() =>
        Assert.Equal(HistoryRunner.Run(7).History, HistoryRunner.Run(7).History);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : otherwise;
}
