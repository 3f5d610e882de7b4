using System.Diagnostics;
using System.Net.Sockets;
using AmqpBroker.Interop.Shared;
using AmqpBroker.Perf;

namespace AmqpBroker.Bench.Speed;

/// <summary>A contestant that serves, in a process and a folder of its own. Ended, and its folder deleted, when disposed.</summary>
internal sealed class RunningContestant : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly StartedCommand _command;
    private readonly Process _process;

    public RunningContestant(Contestant contestant, string folder)
    {
        _folder = folder;
        DeleteFolder();
        Directory.CreateDirectory(folder);
        Port = FreePort.Next();
        _command = contestant.Command(folder, Port);
        _command.Info.RedirectStandardOutput = true;
        _command.Info.RedirectStandardError = true;
        long began = Stopwatch.GetTimestamp();
        _process = Process.Start(_command.Info)!;
        try
        {
            _process.OutputDataReceived += (_, _) => { };
            _process.ErrorDataReceived += (_, _) => { };
            _process.BeginOutputReadLine(); // read, so that it never waits
            _process.BeginErrorReadLine();
            AwaitConnection(contestant.Name, began);
            FirstConnectionMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            Figures = new BrokerProcess([BrokerProcess.ListeningOn(Port) ?? throw new InvalidOperationException($"{contestant.Name} is not seen listening.")]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Port { get; }

    /// <summary>CPU time and memory of its process.</summary>
    public BrokerProcess Figures { get; private set; } = new([]);

    /// <summary>From the start of the process to the first open channel.</summary>
    public double FirstConnectionMs { get; }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
        _command.Helper?.Dispose();
        DeleteFolder();
    }

    private void AwaitConnection(string name, long began)
    {
        while (true)
        {
            try
            {
                Load.At(Port).Connect();
                return;
            }
            catch (Exception e) when (e is SocketException or AmqpException && Stopwatch.GetElapsedTime(began) < _patience && !_process.HasExited)
            {
                Thread.Sleep(1); // waits because nothing announces that it serves
            }
            catch (Exception e) when (e is SocketException or AmqpException)
            {
                throw new InvalidOperationException($"{name} does not serve: {e.Message}", e);
            }
        }
    }

    private void DeleteFolder()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
