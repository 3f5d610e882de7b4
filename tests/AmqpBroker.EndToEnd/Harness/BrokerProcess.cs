using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>
/// One run of the broker's executable, on a port that the system chooses. Whatever the test does, the process is ended when
/// this is disposed, or when the tests' own process ends.
/// </summary>
internal sealed partial class BrokerProcess : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    /// <summary>A start takes a fraction of a second; a machine busy with other things may need much longer.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Longer than all that an orderly stop waits for.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);

    private readonly Process _process;

    private BrokerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Output.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Errors.Add(line.Data);
        AppDomain.CurrentDomain.ProcessExit += EndWithTests;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it printed: the line that says that it serves, and its log.</summary>
    public ProcessOutput Output { get; } = new();

    /// <summary>What it printed as errors.</summary>
    public ProcessOutput Errors { get; } = new();

    public int Port { get; private set; }

    public int Id => _process.Id;

    public bool IsRunning => !_process.HasExited;

    /// <summary>Descriptors that the process has open.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>Memory of its own in bytes, without files that are mapped.</summary>
    public long ResidentBytes => StatusBytes("RssAnon:");

    /// <summary>Starts the broker on a data directory and returns once it serves.</summary>
    public static Task<BrokerProcess> StartAsync(string dataDirectory, params string[] options) =>
        StartAsync(new ProcessStartInfo(Repository.BrokerBinary), dataDirectory, options);

    /// <summary>The same, with a start of the test's own: an environment, or a program that runs the broker.</summary>
    public static async Task<BrokerProcess> StartAsync(ProcessStartInfo start, string dataDirectory, params string[] options)
    {
        BrokerProcess broker = Launch(start, ["--data-dir", dataDirectory, "--listen", "127.0.0.1:0", .. options]);
        try
        {
            await broker.ServesAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the broker with nothing but these arguments, and waits for nothing.</summary>
    public static BrokerProcess Launch(params string[] arguments) => Launch(new ProcessStartInfo(Repository.BrokerBinary), arguments);

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, Kill(Id, signal));

    /// <summary>SIGKILL: the process gets no chance to do anything more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitedAsync();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(Terminate);
        return await ExitedAsync();
    }

    /// <summary>Waits for the process to end by itself; returns the exit code.</summary>
    public async Task<int> ExitedAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The broker did not end within {StopTimeout}:\n{Output}\n{Errors}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndWithTests;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await ExitedAsync();
        _process.Dispose();
    }

    /// <summary>The same, with a start of the test's own.</summary>
    public static BrokerProcess Launch(ProcessStartInfo start, string[] arguments)
    {
        // What the machine happens to set is not what is tested.
        string[] foreign = [.. start.Environment.Keys.Where(name =>
            name.StartsWith("AMQPBROKER_", StringComparison.Ordinal) && name is not "AMQPBROKER_TEST_RUN" && !IsSetByTest(start, name))];
        foreach (string name in foreign)
        {
            start.Environment.Remove(name);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new BrokerProcess(start);
    }

    private static bool IsSetByTest(ProcessStartInfo start, string name) =>
        start.Environment[name] != Environment.GetEnvironmentVariable(name);

    /// <summary>The address of the HTTP API.</summary>
    public async Task<Uri> ManagementAsync() => new(ManagementInLine().Match(
        await Output.FirstAsync(line => line.StartsWith("Server startup complete", StringComparison.Ordinal))).Value);

    private async Task ServesAsync()
    {
        Task<string> serves = Output.FirstAsync(line => line.StartsWith("Server startup complete", StringComparison.Ordinal));
        Task ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(serves, ended).WaitAsync(StartTimeout) == ended && !serves.IsCompleted)
        {
            throw new InvalidOperationException($"The broker ended with code {_process.ExitCode}:\n{Output}\n{Errors}");
        }

        Port = int.Parse(PortInLine().Match(await serves).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private long StatusBytes(string name)
    {
        string line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private void EndWithTests(object? sender, EventArgs e)
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);

    [GeneratedRegex(@"listening on \S+:(\d+)")]
    private static partial Regex PortInLine();

    [GeneratedRegex(@"http://[^\s,]+")]
    private static partial Regex ManagementInLine();
}
