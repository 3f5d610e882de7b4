namespace AmqpBroker.EndToEnd.Harness;

/// <summary>One run of the executable with a command that ends by itself.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed as errors.</param>
internal sealed record BrokerCommand(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a command to its end.</summary>
    public static async Task<BrokerCommand> RunAsync(params string[] arguments)
    {
        await using BrokerProcess process = BrokerProcess.Launch(arguments);
        int exitCode = await process.ExitedAsync();
        return new BrokerCommand(exitCode, process.Output.ToString(), process.Errors.ToString());
    }

    /// <summary>Runs a command that is to succeed; gives what it printed.</summary>
    public static async Task<string> SucceedsAsync(params string[] arguments)
    {
        BrokerCommand run = await RunAsync(arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Output}\n{run.Errors}");
        return run.Output;
    }

    /// <summary>Runs a command that is to be refused; gives the one line that says why.</summary>
    public static async Task<string> RefusedAsync(int exitCode, params string[] arguments)
    {
        BrokerCommand run = await RunAsync(arguments);
        Assert.True(run.ExitCode == exitCode, $"{string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Output}\n{run.Errors}");
        Assert.StartsWith("amqpbroker: ", run.Errors, StringComparison.Ordinal);
        return run.Errors;
    }
}
