using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Storage;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>What delayed, remembered and deduplicating exchanges keep, in random histories; shrunk when one fails.</summary>
public sealed class KeptThroughCrashTests
{
    private static readonly Gen<(KeptAct Act, int Number)[]> Histories = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(KeptAct.Delay)), (6, Gen.Const(KeptAct.Deduplicate)), (3, Gen.Const(KeptAct.Remember)),
            (4, Gen.Const(KeptAct.Pass)), (3, Gen.Const(KeptAct.SyncOne)), (2, Gen.Const(KeptAct.Sync)), (1, Gen.Const(KeptAct.Crash))),
        Gen.Int[0, 40]).Array[1, 120];

    [Fact]
    public void What_was_confirmed_comes_once_and_nothing_comes_twice() => Histories.Sample(
        history => KeptHistory.Run(new MemoryStore(new MemoryJournal(manualStepping: true)), history), iter: 200, threads: 1);
}
