using System.Globalization;
using AmqpBroker.Differential.Duels;
using AmqpBroker.Differential.References;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.Runs;

/// <summary>What came of one scenario.</summary>
/// <param name="Difference">Both sides of every line that differs; empty if none does.</param>
/// <param name="Expected">RabbitMQ's transcript.</param>
/// <param name="Actual">This broker's transcript.</param>
internal sealed record ScenarioResult(string Difference, string Expected, string Actual);

/// <summary>
/// One run of all scenarios: both brokers are started once, several scenarios run at the same time, each against both.
/// Names of its own keep each scenario apart. <c>DIFFERENTIAL_ONLY</c> chooses scenarios by a part of their names;
/// <c>DIFFERENTIAL_TRANSCRIPTS</c> names a folder for all transcripts and the end of this broker's log,
/// <c>DIFFERENTIAL_PARALLEL</c> how many scenarios run at the same time.
/// </summary>
public sealed class DifferentialRun : IAsyncDisposable
{
    /// <summary>Scenarios wait most of their time: for the other broker, for a TTL.</summary>
    private static readonly int s_parallel =
        Environment.GetEnvironmentVariable("DIFFERENTIAL_PARALLEL") is { Length: > 0 } number ? int.Parse(number, CultureInfo.InvariantCulture) : 12;

    private readonly Lazy<Task<Dictionary<string, ScenarioResult>>> _results;
    private IBroker? _rabbit;
    private BrokerUnderTest? _ours;
    private int _flukes;

    public DifferentialRun() => _results = new(RunAllAsync);

    /// <summary>The scenarios of this run.</summary>
    internal static IReadOnlyList<Scenario> Chosen { get; } =
    [
        .. Scenario.All.Where(s =>
            Environment.GetEnvironmentVariable("DIFFERENTIAL_ONLY") is not { Length: > 0 } part || s.Name.Contains(part, StringComparison.OrdinalIgnoreCase)),
    ];

    /// <summary>What a broker printed that ended during the run; empty if both still run.</summary>
    internal string DeadBrokers => string.Concat(((IBroker?[])[_rabbit, _ours])
        .Where(broker => broker is { IsRunning: false }).Select(broker => $"A broker ended during the run:\n{broker!.RecentOutput}\n"));

    /// <summary>Random scripts that differed once and not again: a busy machine, or a race in one of the brokers.</summary>
    internal int Flukes => _flukes;

    /// <summary>All results, by scenario; the run takes place at the first call.</summary>
    internal Task<Dictionary<string, ScenarioResult>> ResultsAsync() => _results.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }

        if (_ours is not null)
        {
            await _ours.DisposeAsync();
        }
    }

    private async Task<Dictionary<string, ScenarioResult>> RunAllAsync()
    {
        Task<IBroker> rabbit = ReferenceChoice.Current.StartAsync();
        _ours = await BrokerUnderTest.StartAsync(rabbitMQ: false, management: true);
        _rabbit = await rabbit;
        Dictionary<string, ScenarioResult> results = [];
        using SemaphoreSlim room = new(s_parallel);
        await Task.WhenAll(Chosen.Where(s => !s.OwnBrokers || ReferenceChoice.Current.GivesOwnBrokers).Select(async (scenario, index) =>
        {
            await room.WaitAsync();
            try
            {
                ScenarioResult result = scenario switch
                {
                    { Duel: { } steps } => await DuelAsync(steps),
                    { OwnBrokers: true } => await CompareAloneAsync(scenario.Steps!),
                    _ => await CompareAsync(scenario.Steps!, $"{_rabbit.NamePrefix}s{index}.", _rabbit, _ours),
                };
                Write(scenario, result);
                lock (results)
                {
                    results[scenario.Name] = result;
                }
            }
            finally
            {
                room.Release();
            }
        }));
        if (TranscriptFolder is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "broker.log"), _ours.RecentOutput);
        }

        return results;
    }

    private static async Task<ScenarioResult> CompareAloneAsync(Action<Script> steps)
    {
        await using BrokerUnderTest ours = await BrokerUnderTest.StartAsync(rabbitMQ: false, management: true);
        await using BrokerUnderTest rabbit = await BrokerUnderTest.StartAsync(rabbitMQ: true);
        return await CompareAsync(steps, "", rabbit, ours);
    }

    private static async Task<ScenarioResult> CompareAsync(Action<Script> steps, string prefix, IBroker rabbit, IBroker our)
    {
        Task<Transcript> theirs = RunAsync(steps, rabbit, prefix);
        Task<Transcript> ours = RunAsync(steps, our, prefix);
        return new ScenarioResult(Transcript.Compare(await theirs, await ours), (await theirs).Log, (await ours).Log);
    }

    /// <summary>Runs a list of steps; one that differs comes back as short as it gets.</summary>
    private Task<ScenarioResult> DuelAsync(IReadOnlyList<Step> steps) =>
        OnThreadAsync(() =>
        {
            Duel duel = new(_rabbit!, _ours!);
            if (duel.Run(steps) is null)
            {
                return new ScenarioResult("", "", "");
            }

            if (new Shrinker(duel).Shrink(steps) is not { } shrunk)
            {
                Interlocked.Increment(ref _flukes);
                return new ScenarioResult("", "", "");
            }

            (IReadOnlyList<Step> script, DuelDifference difference) = shrunk;
            return new ScenarioResult(
                $"Shortest script that differs (for Scenarios/Regressions.cs):\n{Step.Print(script)}after the last step\n" +
                $"  RabbitMQ:\n{difference.RabbitMQ}  here:\n{difference.Ours}",
                difference.RabbitMQLog,
                difference.OursLog);
        });

    private static Task<T> OnThreadAsync<T>(Func<T> run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A thread of its own, as scenarios block it.</summary>
    private static Task<Transcript> RunAsync(Action<Script> steps, IBroker broker, string prefix) =>
        OnThreadAsync(
            () =>
            {
                Script script = new(broker, prefix);
                try
                {
                    steps(script);
                    script.Finish();
                }
                catch (Exception fault)
                {
                    // A broker that answers otherwise may leave a script without what it needs: that is a difference too.
                    script.Transcript.Received("script", fault.ToString());
                }
                finally
                {
                    script.Dispose();
                }

                return script.Transcript;
            });

    private static string? TranscriptFolder =>
        Environment.GetEnvironmentVariable("DIFFERENTIAL_TRANSCRIPTS") is { Length: > 0 } folder ? folder : null;

    private static void Write(Scenario scenario, ScenarioResult result)
    {
        if (TranscriptFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, scenario.Name + ".rabbitmq"), result.Expected);
            File.WriteAllText(Path.Combine(folder, scenario.Name + ".ours"), result.Actual);
            if (result.Difference.Length > 0)
            {
                File.WriteAllText(Path.Combine(folder, scenario.Name + ".difference"), result.Difference);
            }
        }
    }
}
