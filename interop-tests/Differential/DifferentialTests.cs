using AmqpBroker.Differential.References;
using AmqpBroker.Differential.Runs;
using Xunit;

[assembly: AssemblyFixture(typeof(DifferentialRun))]

namespace AmqpBroker.Differential;

/// <summary>This broker answers as RabbitMQ does, or <c>spec/errata.md</c> says why not.</summary>
public sealed class DifferentialTests(DifferentialRun run)
{
    public static TheoryData<string> Names => [.. DifferentialRun.Chosen.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Same_as_RabbitMQ(string scenario)
    {
        RequireRabbitMQ();
        Dictionary<string, ScenarioResult> results = await run.ResultsAsync();
        if (!results.TryGetValue(scenario, out ScenarioResult? result))
        {
            Assert.Skip("stops its brokers or raises their alarms, which only nodes of the installed package are there for: DIFFERENTIAL_RABBITMQ=installed");
        }

        bool differs = result.Difference.Length > 0;
        if (Errata.EntryOf(scenario) is { } entry)
        {
            Assert.True(differs, $"{scenario} no longer differs: take `{entry}` out of spec/errata.md.");
        }
        else
        {
            Assert.False(differs, $"{result.Difference}\n---- RabbitMQ:\n{result.Expected}\n---- here:\n{result.Actual}");
        }
    }

    [Fact]
    public async Task Both_brokers_live_through_it()
    {
        RequireRabbitMQ();
        await run.ResultsAsync();
        Assert.Equal("", run.DeadBrokers);
    }

    [Fact]
    public async Task Errata_name_scenarios_that_there_are()
    {
        RequireRabbitMQ();
        Dictionary<string, ScenarioResult> results = await run.ResultsAsync();
        int different = results.Values.Count(r => r.Difference.Length > 0);
        int listed = results.Keys.Count(name => Errata.EntryOf(name) is not null);
        Console.WriteLine($"{results.Count} scenarios, {different} with differences, {listed} of them listed in spec/errata.md; {run.Flukes} random scripts differed once and not again");
        Console.WriteLine($"{Errata.Names.Count} errata entries with a scenario; without one: {string.Join("; ", Errata.WithoutScenario)}");
        Assert.All(Errata.Names, entry => Assert.Contains(Scenario.All, s => Matches(entry, s.Name)));
    }

    private static bool Matches(string entry, string scenario) =>
        entry.EndsWith('*') ? scenario.StartsWith(entry[..^1], StringComparison.Ordinal) : entry == scenario;

    /// <summary>Without RabbitMQ there is nothing to compare with: skipped aloud, and in CI a failure.</summary>
    private static void RequireRabbitMQ()
    {
        if (ReferenceChoice.Current is not { Kind: ReferenceKind.None, Reason: var why })
        {
            return;
        }

        string reason = $"needs RabbitMQ: {why}";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
    }
}
