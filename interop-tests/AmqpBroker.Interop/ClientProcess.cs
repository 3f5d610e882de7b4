using System.Diagnostics;
using System.Text;

namespace AmqpBroker.Interop;

/// <summary>
/// A child process whose output is read line by line and whose end is certain: <see cref="DisposeAsync"/> kills what
/// is left of it, with its children. Methods may be called from any thread.
/// </summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    /// <summary>Enough for a stack trace in a test's message; the rest of a chatty process is dropped.</summary>
    private const int KeptLines = 60;

    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();
    private readonly Lock _gate = new();
    private readonly Task _output;

    private ClientProcess(Process process, Func<string, Task> onStandardOutput, Func<string, Task> onStandardError)
    {
        _process = process;
        _output = Task.WhenAll(
            PumpAsync(process.StandardOutput, onStandardOutput),
            PumpAsync(process.StandardError, onStandardError));
    }

    /// <summary>The last lines of standard output and standard error together.</summary>
    public string LastOutput
    {
        get
        {
            lock (_gate)
            {
                return string.Join(Environment.NewLine, _lastLines);
            }
        }
    }

    /// <summary>Starts a command.</summary>
    /// <param name="command">Executable and arguments.</param>
    /// <param name="folder">Working directory.</param>
    /// <param name="environment">Variables added to this process's own.</param>
    /// <param name="onStandardOutput">Called for each line, in order; the next line is read when it has completed.</param>
    /// <param name="onStandardError">The same for standard error, independently.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable does not exist.</exception>
    public static ClientProcess Start(
        IReadOnlyList<string> command,
        string folder,
        IReadOnlyDictionary<string, string>? environment = null,
        Func<string, Task>? onStandardOutput = null,
        Func<string, Task>? onStandardError = null)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
        return new ClientProcess(process, onStandardOutput ?? Ignore, onStandardError ?? Ignore);
    }

    /// <summary>Writes a line to the process's standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for the process and for the end of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        await _output.WaitAsync(cancellation);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static Task Ignore(string line) => Task.CompletedTask;

    private async Task PumpAsync(StreamReader reader, Func<string, Task> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _lastLines.Enqueue(line);
                if (_lastLines.Count > KeptLines)
                {
                    _lastLines.Dequeue();
                }
            }

            await onLine(line);
        }
    }
}
