using Xunit;

namespace AmqpBroker.Simulation;

/// <summary>
/// Shortest scripts of what random runs once found. A script keeps its meaning as long as the steps keep theirs: what a step's
/// numbers choose is in SimulatedRun.Commands.cs.
/// </summary>
public sealed class KeptScriptTests
{
    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Scripts");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_kept_script_does_what_the_model_says(string name)
    {
        Script script = Script.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.txt")));
        Assert.Equal(script.ToString(), Script.Parse(script.ToString()).ToString());
        if (Simulator.Fails(script) is { } failure)
        {
            Assert.Fail($"{failure.Message}\n{failure}");
        }
    }
}
