using AmqpBroker.EndToEnd.Crashes;
using AmqpBroker.EndToEnd.Harness;

namespace AmqpBroker.EndToEnd.PowerCuts;

/// <summary>
/// The power goes at random moments, over and over: the process is killed and its disk loses what no sync covers, with a
/// ledger of all that clients did kept outside. <c>AMQPBROKER_POWERCUT_ROUNDS</c> makes it longer,
/// <c>AMQPBROKER_POWERCUT_SEED</c> repeats its choices.
/// </summary>
public sealed class PowerCutTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultRounds = 8;
    private static readonly string[] s_options = ["--log-level", "warning"];
    private readonly TestFolder _folder = new();
    private readonly CrashRuns _runs = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task no_confirmed_message_is_lost_when_all_is_lost_that_no_sync_covers() => CutPowerOverAndOverAsync(everything: true);

    [Fact]
    public Task no_confirmed_message_is_lost_when_any_mix_of_that_is_lost_or_torn() => CutPowerOverAndOverAsync(everything: false);

    private async Task CutPowerOverAndOverAsync(bool everything)
    {
        int seed = CrashRuns.Setting("AMQPBROKER_POWERCUT_SEED", Environment.TickCount);
        int rounds = CrashRuns.Setting("AMQPBROKER_POWERCUT_ROUNDS", DefaultRounds);
        Random random = new(seed);
        ForgetfulDisk disk = await ForgetfulDisk.CreateAsync(_folder);
        ForgetfulDisk.Losses losses = default;
        for (int round = 0; round < rounds; round++)
        {
            if (random.Next(4) == 0)
            {
                await using BrokerProcess starting = disk.Launch(s_options);
                // waits because the moment is what is random here, and nothing tells how far a start has come
                await Task.Delay(random.Next(400));
                await starting.KillAsync();
                losses += disk.CutPower(everything ? null : random);
            }

            await using BrokerProcess broker = await disk.StartAsync(s_options);
            await _runs.DeclareAsync(broker);
            await _runs.CheckAsync(broker, $"round {round} of AMQPBROKER_POWERCUT_SEED={seed}", drain: round % 3 == 2);
            await _runs.RunAndKillAsync(broker, random);
            losses += disk.CutPower(everything ? null : random);
        }

        await using BrokerProcess last = await disk.StartAsync(s_options);
        await _runs.CheckAsync(last, $"the end of AMQPBROKER_POWERCUT_SEED={seed}", drain: true);
        _runs.Judge($"AMQPBROKER_POWERCUT_SEED={seed}");
        output.WriteLine($"{rounds} rounds: {_runs}; taken back: {losses}");
        Assert.True(_runs.Confirmed > 100 * rounds, $"Only {_runs.Confirmed} messages in {rounds} rounds: this shows nothing.");
        Assert.True(losses.Writes > 0, "Nothing was lost: this shows nothing.");
    }
}
