using AmqpBroker.EndToEnd.Harness;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// kill -9 at random moments, over and over, with a ledger of all that clients did kept outside of the broker.
/// <c>AMQPBROKER_KILL_ROUNDS</c> makes it longer, <c>AMQPBROKER_KILL_SEED</c> repeats its choices.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultRounds = 12;
    private readonly TestFolder _folder = new();
    private readonly CrashRuns _runs = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>In mode <c>os</c> the kernel has what was confirmed, and the kernel is not killed.</summary>
    [Theory]
    [InlineData("fsync", DefaultRounds)]
    [InlineData("os", DefaultRounds / 3)]
    public async Task no_confirmed_message_is_lost_or_doubled_however_often_the_broker_is_killed(string durability, int defaultRounds)
    {
        string[] options = ["--log-level", "warning", "--durability", durability];
        int seed = CrashRuns.Setting("AMQPBROKER_KILL_SEED", Environment.TickCount);
        int rounds = CrashRuns.Setting("AMQPBROKER_KILL_ROUNDS", defaultRounds);
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            if (random.Next(4) == 0)
            {
                await KillWhileStartingAsync(random);
            }

            await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, options);
            await _runs.DeclareAsync(broker);
            await _runs.CheckAsync(broker, $"round {round} of AMQPBROKER_KILL_SEED={seed}", drain: round % 3 == 2);
            await _runs.RunAndKillAsync(broker, random);
        }

        await using BrokerProcess last = await BrokerProcess.StartAsync(_folder.Data, options);
        await _runs.CheckAsync(last, $"the end of AMQPBROKER_KILL_SEED={seed}", drain: true);
        _runs.Judge($"AMQPBROKER_KILL_SEED={seed}");
        output.WriteLine($"{rounds} rounds: {_runs}");
        Assert.True(_runs.Confirmed > 100 * rounds, $"Only {_runs.Confirmed} messages in {rounds} rounds: this shows nothing.");
    }

    private async Task KillWhileStartingAsync(Random random)
    {
        await using BrokerProcess starting = BrokerProcess.Launch("--data-dir", _folder.Data, "--listen", "127.0.0.1:0");
        // waits because the moment is what is random here, and nothing tells how far a start has come
        await Task.Delay(random.Next(150));
        await starting.KillAsync();
    }
}
