using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Interop;

/// <summary>
/// Every client of the table runs every scenario. One client alone: <c>-trait client=node</c>; one scenario alone:
/// <c>-trait scenario=confirms</c>; both: <c>-filter "/[(client=node)&amp;(scenario=confirms)]"</c>.
/// </summary>
public sealed class RealClientTests(BrokerFixture brokers, ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from client in Clients.All
        from scenario in Scenarios.All.Concat(client.MoreScenarios)
        select new TheoryDataRow<string, string>(client.Name, scenario)
        {
            Traits = new() { ["client"] = [client.Name], ["scenario"] = [scenario] },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Client_passes_scenario(string clientName, string scenario)
    {
        Client client = Clients.All.Single(candidate => candidate.Name == clientName);
        if (!await ClientSetup.PrepareAsync(client))
        {
            string missing = $"{client.Name} is not installed here. To run it, install: {client.Install}.";
            Assert.SkipUnless(IsContinuousIntegration, missing);
            Assert.Fail(missing);
        }

        BrokerUnderTest broker = await brokers.GetAsync();
        (Verdict verdict, string reason) = await ScenarioRun.RunAsync(client, scenario, broker, output.WriteLine);

        Assert.SkipWhen(verdict == Verdict.NotApplicable, $"Not applicable to {client.Name}: {reason}");
        Assert.True(verdict == Verdict.Pass, reason);
        Assert.True(broker.IsRunning, $"The scenario passed, but then: the broker ended:{Environment.NewLine}{broker.RecentOutput}");
    }

    /// <summary>On a build machine a client that is not installed is a failure, not a gap.</summary>
    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";
}
