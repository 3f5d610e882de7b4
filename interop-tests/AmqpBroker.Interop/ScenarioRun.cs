using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Interop;

/// <summary>How a scenario ended.</summary>
internal enum Verdict
{
    Pass,
    Fail,

    /// <summary>The client library cannot do what the scenario asks for.</summary>
    NotApplicable,
}

/// <summary>
/// One client program running one scenario. The program learns the broker from its environment and speaks on
/// standard output, one line each: <c>CONTROL restart</c> (it then reads <c>restarted</c> from its standard input), and
/// as its last word <c>PASS</c>, <c>FAIL reason</c> or <c>NOT_APPLICABLE reason</c>. Everything else is its log.
/// </summary>
internal sealed class ScenarioRun
{
    private const int NotApplicableExitCode = 77;

    private readonly BrokerUnderTest _broker;
    private readonly Action<string> _log;
    private readonly TaskCompletionSource _controlFailure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClientProcess? _process;
    private Task _restart = Task.CompletedTask;
    private Verdict? _verdict;
    private string _reason = "";

    private ScenarioRun(BrokerUnderTest broker, Action<string> log)
    {
        _broker = broker;
        _log = log;
    }

    /// <summary>Runs the scenario to its end or its timeout.</summary>
    /// <returns>The verdict, and the reason if it is not <see cref="Verdict.Pass"/>.</returns>
    public static async Task<(Verdict Verdict, string Reason)> RunAsync(Client client, string scenario, BrokerUnderTest broker, Action<string> log)
    {
        ScenarioRun run = new(broker, log);
        (Verdict verdict, string reason) = await run.RunAsync(client, scenario);
        // The client may have ended meanwhile; the next one must not meet a broker in the middle of a restart.
        await run._restart;
        return verdict == Verdict.Fail
            ? (verdict, broker.IsRunning ? reason : $"{reason}{Environment.NewLine}THE BROKER HAS ENDED. Its last output:{Environment.NewLine}{broker.RecentOutput}")
            : (verdict, reason);
    }

    private async Task<(Verdict Verdict, string Reason)> RunAsync(Client client, string scenario)
    {
        TimeSpan limit = Scenarios.Timeout(scenario);
        using CancellationTokenSource timeout = new(limit);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        await using ClientProcess process = ClientProcess.Start(
            [.. client.Resolve(client.Run), scenario],
            client.Folder,
            Variables(client, scenario),
            async line =>
            {
                await started.Task;
                await OnLineAsync(line);
            },
            line =>
            {
                _log(line);
                return Task.CompletedTask;
            });
        _process = process;
        started.SetResult();

        Task<int> exit = process.WaitForExitAsync(timeout.Token);
        if (await Task.WhenAny(exit, _controlFailure.Task) != exit)
        {
            return (Verdict.Fail, $"The restart that the client asked for failed: {_controlFailure.Task.Exception?.InnerException?.Message}");
        }

        if (exit.IsCanceled)
        {
            return (Verdict.Fail, $"No end within {limit.TotalSeconds} s.");
        }

        int exitCode = await exit;
        return (exitCode, _verdict) switch
        {
            (0, Verdict.Pass) => (Verdict.Pass, ""),
            (NotApplicableExitCode, Verdict.NotApplicable) => (Verdict.NotApplicable, _reason),
            (not 0, Verdict.Fail) => (Verdict.Fail, _reason),
            (_, null) => (Verdict.Fail, $"Exit code {exitCode} without a verdict."),
            _ => (Verdict.Fail, $"Exit code {exitCode} does not match the verdict {_verdict} {_reason}"),
        };
    }

    private async Task OnLineAsync(string line)
    {
        if (line == "CONTROL restart")
        {
            _restart = RestartAsync();
            await _restart;
        }
        else if (line == "PASS")
        {
            SetVerdict(Verdict.Pass, "");
        }
        else if (line.StartsWith("FAIL ", StringComparison.Ordinal))
        {
            SetVerdict(Verdict.Fail, line["FAIL ".Length..]);
        }
        else if (line.StartsWith("NOT_APPLICABLE ", StringComparison.Ordinal))
        {
            SetVerdict(Verdict.NotApplicable, line["NOT_APPLICABLE ".Length..]);
        }
        else
        {
            _log(line);
        }
    }

    private void SetVerdict(Verdict verdict, string reason)
    {
        // A program that says both PASS and FAIL has failed.
        _verdict = _verdict is null ? verdict : Verdict.Fail;
        _reason = reason;
    }

    private async Task RestartAsync()
    {
        try
        {
            await _broker.RestartAsync();
            await _process!.WriteLineAsync("restarted");
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException or IOException)
        {
            _controlFailure.TrySetException(failure);
        }
    }

    private Dictionary<string, string> Variables(Client client, string scenario) => new(_broker.ClientEnvironment)
    {
        // Scenarios share a broker and may leave things behind: every name begins with this.
        ["AMQP_PREFIX"] = $"{client.Name}.{scenario}.{Random.Shared.Next():x8}",
    };
}
