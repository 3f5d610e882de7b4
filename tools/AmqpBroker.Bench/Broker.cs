using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AmqpBroker.Perf;

namespace AmqpBroker.Bench;

/// <summary>One run of the broker's executable on a data directory, with a port that the system chose. Ended when disposed.</summary>
internal sealed partial class Broker : IDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly BrokerProcess _figures;

    private Broker(Process process, int port, double startMs, double firstConnectionMs)
    {
        _process = process;
        _figures = new BrokerProcess([process.Id]);
        Port = port;
        StartMs = startMs;
        FirstConnectionMs = firstConnectionMs;
    }

    public int Port { get; }

    /// <summary>From the start of the process to the line that says that it serves.</summary>
    public double StartMs { get; }

    /// <summary>From the start of the process to the first connection with an open channel.</summary>
    public double FirstConnectionMs { get; }

    public double ResidentMb => _figures.ResidentBytes() / 1e6;

    public double PeakResidentMb => _figures.PeakResidentBytes() / 1e6;

    public static Broker Start(Setting setting, string dataDirectory)
    {
        long began = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(
            setting.Broker, ["--data-dir", dataDirectory, "--listen", "127.0.0.1:0", "--log-level", "warning", .. setting.Options])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            int port = ReadPort(process);
            double startMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            Load.At(port).Connect();
            double firstMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            _ = Task.Run(() => process.StandardOutput.ReadToEnd()); // so that it never waits to be read
            return new Broker(process, port, startMs, firstMs);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>SIGTERM; returns how long the broker took to end, in ms.</summary>
    public double Stop()
    {
        long began = Stopwatch.GetTimestamp();
        _ = Kill(_process.Id, Terminate);
        if (!_process.WaitForExit(_patience) || _process.ExitCode != 0)
        {
            throw new InvalidOperationException("The broker did not end in order.");
        }
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }

    private static int ReadPort(Process process)
    {
        while (process.StandardOutput.ReadLine() is string line)
        {
            const string Before = "listening on 127.0.0.1:";
            int at = line.IndexOf(Before, StringComparison.Ordinal);
            if (at >= 0)
            {
                string rest = line[(at + Before.Length)..];
                return int.Parse(string.Concat(rest.TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
            }
            Console.WriteLine(line);
        }
        throw new InvalidOperationException("The broker ended before it served.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
