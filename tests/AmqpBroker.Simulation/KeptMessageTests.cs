using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Simulation;

/// <summary>What delayed, remembered and deduplicating exchanges keep, on a disk that leaves of what was not synced whatever chance leaves.</summary>
public sealed class KeptMessageTests
{
    private const int Seeds = 200;
    private const int MaxSteps = 150;

    /// <summary>As often as it stands here.</summary>
    private static readonly KeptAct[] Acts =
    [
        KeptAct.Delay, KeptAct.Delay, KeptAct.Delay, KeptAct.Deduplicate, KeptAct.Deduplicate, KeptAct.Deduplicate, KeptAct.Remember,
        KeptAct.Pass, KeptAct.Pass, KeptAct.SyncOne, KeptAct.SyncOne, KeptAct.Sync, KeptAct.Crash,
    ];

    [Fact]
    public void What_was_confirmed_comes_once_and_nothing_comes_twice_after_losses_of_power()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            (KeptAct, int)[] steps =
                [.. Enumerable.Range(0, random.Next(1, MaxSteps)).Select(_ => (Acts[random.Next(Acts.Length)], random.Next(41)))];
            Exception? failure = Record.Exception(() => KeptHistory.Run(new DiskStore(seed), steps));
            Assert.True(failure is null, $"Seed {seed}: {failure}");
        }
    }
}
