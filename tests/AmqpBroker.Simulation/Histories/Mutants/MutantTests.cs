using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.HistoryCheck;
using Xunit;

namespace AmqpBroker.Simulation.Histories;

/// <summary>The check of histories finds every one of these errors, each by the promise that it breaks.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int MostSeeds = 400;

    private static readonly Dictionary<string, Func<Mutant>> Mutants = new()
    {
        ["confirms early"] = () => new ConfirmsEarly(),
        ["syncs nothing"] = () => new SyncsNothing(),
        ["swallows failed syncs"] = () => new SwallowsFailedSyncs(),
        ["swallows a full disk"] = () => new SwallowsFullDisk(),
        ["drops directory syncs"] = () => new DropsDirectorySyncs(),
        ["leaves checkpoints unnamed"] = () => new LeavesCheckpointsUnnamed(),
        ["releases segments too early"] = () => new ReleasesTooEarly(),
        ["stamps images too high"] = () => new StampsImagesTooHigh(),
        ["skips checksums"] = () => new SkipsChecksums(),
        ["reuses positions"] = () => new ReusesPositions(),
        ["tears batches"] = () => new TearsBatches(),
        ["ends too early"] = () => new EndsTooEarly(),
        ["turns order around"] = () => new TurnsOrderAround(),
        ["forgets delivery counts"] = () => new Forgets(RecordKind.Returned),
        ["forgets settlements"] = () => new Forgets(RecordKind.Settled),
        ["forgets moves"] = () => new Forgets(RecordKind.Moved),
        ["forgets purges"] = () => new Forgets(RecordKind.Purged),
        ["forgets queues"] = () => new Forgets(RecordKind.QueueDeclared),
        ["forgets deleted queues"] = () => new Forgets(RecordKind.QueueDeleted),
        ["forgets bindings"] = () => new Forgets(RecordKind.Bound),
    };

    public static TheoryData<string, string> Promises => new()
    {
        { "confirms early", Kinds.Lost },
        { "syncs nothing", Kinds.Lost },
        { "swallows failed syncs", Kinds.Lost },
        { "swallows a full disk", Kinds.Lost },
        { "drops directory syncs", Kinds.Missing },
        { "leaves checkpoints unnamed", Kinds.Lost },
        { "releases segments too early", Kinds.Lost },
        { "stamps images too high", Kinds.Back },
        { "skips checksums", Kinds.Altered },
        { "reuses positions", Kinds.Back },
        { "tears batches", Kinds.Torn },
        { "ends too early", Kinds.Missing },
        { "turns order around", Kinds.Order },
        { "forgets delivery counts", Kinds.Count },
        { "forgets settlements", Kinds.Back },
        { "forgets moves", Kinds.Lost },
        { "forgets purges", Kinds.Back },
        { "forgets queues", Kinds.Missing },
        { "forgets deleted queues", Kinds.Undead },
        { "forgets bindings", Kinds.Returned },
    };

    [Theory]
    [MemberData(nameof(Promises))]
    public void A_broken_store_is_caught(string name, string kind)
    {
        for (int seed = 1; seed <= MostSeeds; seed++)
        {
            HistoryOutcome outcome = HistoryRunner.Run(seed, Mutants[name]());
            if (outcome.Violations.FirstOrDefault(v => v.Kind == kind) is { } found)
            {
                string caught = $"the store that {name} is caught at seed {seed}, {found}";
                output.WriteLine(caught);
                Console.WriteLine($"COUNTED: {caught}");
                return;
            }
        }

        Assert.Fail($"The store that {name} ran {MostSeeds} seeds without breaking the promise '{kind}'.");
    }

    [Fact]
    public void Every_broken_store_has_a_promise_that_it_breaks() =>
        Assert.Equal(Mutants.Keys.Order(StringComparer.Ordinal), Promises.Select(p => p.Data.Item1).Order(StringComparer.Ordinal));
}
