using Xunit;

namespace AmqpBroker.Simulation;

/// <summary>Seeded runs against the model. AMQPBROKER_SIMULATION_SEEDS sets how many, AMQPBROKER_SIMULATION_FIRST where to begin.</summary>
public sealed class SimulationTests
{
    private const int DefaultSeeds = 300;

    [Fact]
    public void Random_runs_do_nothing_that_the_model_does_not_allow()
    {
        int first = Setting("AMQPBROKER_SIMULATION_FIRST", 1);
        int seeds = Setting("AMQPBROKER_SIMULATION_SEEDS", DefaultSeeds);
        for (int seed = first; seed < first + seeds; seed++)
        {
            if (Simulator.Run(seed, shrink: true) is { } failure)
            {
                Assert.Fail(failure);
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : otherwise;
}
