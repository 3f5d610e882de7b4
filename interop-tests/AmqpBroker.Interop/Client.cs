using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Interop;

/// <summary>
/// One client library: how to see that its runtime is there, how to build its program, how to run it. Commands are
/// argument lists, run in <see cref="Folder"/>; <c>{out}</c> in an argument stands for a folder for build results.
/// </summary>
/// <param name="Name">Folder under <c>interop-tests/clients</c> and the name in the test's title.</param>
/// <param name="Install">What to install where the probe fails, in words for a person.</param>
/// <param name="Probes">Commands that all exit with 0 where the runtime and the library are present.</param>
/// <param name="Build">Commands that are run once per test run, in order. A failure is a test failure.</param>
/// <param name="Run">The program; the scenario's name is appended as the last argument.</param>
internal sealed record Client(string Name, string Install, string[][] Probes, string[][] Build, string[] Run)
{
    /// <summary>What the program can run beyond the scenarios that all programs know.</summary>
    public string[] MoreScenarios { get; init; } = [];

    /// <summary>Where the commands are run.</summary>
    public string Folder => Path.Combine(Repository.Root, "interop-tests", "clients", Name);

    /// <summary>Where build results go: outside the sources, ignored by git.</summary>
    public string OutputFolder => Path.Combine(Repository.Root, "artifacts", "interop", Name);

    /// <summary>The command with its placeholder filled in.</summary>
    public string[] Resolve(string[] command) =>
        [.. command.Select(argument => argument.Replace("{out}", OutputFolder, StringComparison.Ordinal))];
}
