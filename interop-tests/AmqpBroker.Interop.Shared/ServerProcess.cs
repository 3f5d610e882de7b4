using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AmqpBroker.Interop.Shared;

/// <summary>
/// One run of a server program: its output is read all along, so that it never blocks on a full pipe, and its last lines
/// are kept. It is killed when this process ends before stopping it.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 200;
    private const int SignalTerminate = 15;

    /// <summary>Longer than any orderly shutdown needs; a broker that takes longer hangs.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Queue<string> _recent = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _awaited = [];

    public ServerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => OnLine(line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += OnOwnExit;
    }

    public bool HasExited => _process.HasExited;

    public string RecentOutput
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _recent);
            }
        }
    }

    public async Task WaitForOutputAsync(string text, TimeSpan timeout, CancellationToken cancellation)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_recent.Any(line => line.Contains(text, StringComparison.Ordinal)))
            {
                return;
            }

            _awaited[text] = seen;
        }

        Task ended = _process.WaitForExitAsync(cancellation);
        if (await Task.WhenAny(seen.Task, ended).WaitAsync(timeout, cancellation) == ended)
        {
            await ended;
            throw new InvalidOperationException(
                $"{_process.StartInfo.FileName} ended with code {_process.ExitCode} before it printed '{text}':\n{RecentOutput}");
        }
    }

    /// <summary>Stops the server cleanly (SIGTERM).</summary>
    /// <exception cref="TimeoutException">It went on running and was killed.</exception>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnOwnExit;
        if (!_process.HasExited && Kill(_process.Id, SignalTerminate) != 0)
        {
            _process.Kill(entireProcessTree: true);
        }

        try
        {
            await _process.WaitForExitAsync().WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The broker did not stop within {StopTimeout} of SIGTERM:\n{RecentOutput}");
        }
        finally
        {
            _process.Dispose();
        }
    }

    /// <summary>Ends the server as a crash would (SIGKILL): it gets no chance to write or say anything more.</summary>
    public async Task KillAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnOwnExit;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(StopTimeout);
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);

    private void OnOwnExit(object? sender, EventArgs args)
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_recent.Count == KeptLines)
            {
                _recent.Dequeue();
            }

            _recent.Enqueue(line);
            foreach ((string text, TaskCompletionSource seen) in _awaited)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}
