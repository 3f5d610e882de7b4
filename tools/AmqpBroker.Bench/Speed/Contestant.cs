using System.Diagnostics;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Bench.Speed;

/// <summary>A program that is measured: how it is called, in which mode it runs, and how it is started.</summary>
/// <param name="Name">The heading of its column.</param>
/// <param name="Mode">What a confirm of it means, and what else a reader must know.</param>
/// <param name="Command">Starts it on a port, with an empty folder for its files.</param>
/// <param name="TakesPart">Whether it can do the load, and is meant to.</param>
internal sealed record Contestant(string Name, string Mode, Func<string, int, StartedCommand> Command, Func<SpeedLoad, bool> TakesPart)
{
    /// <summary>This repository's broker.</summary>
    public static Contestant AmqpBroker(string executable, IReadOnlyList<string> options)
    {
        string[] shared = ["--log-level", "warning", "--management", "off", .. options];
        string mode = options.Count == 0 ? "native build; a confirm follows fdatasync" : $"native build, {string.Join(' ', options)}";
        return new("AmqpBroker", mode, (folder, port) => Program(executable, ["--data-dir", folder, "--listen", $"127.0.0.1:{port}", .. shared]), _ => true);
    }

    /// <summary>The installed RabbitMQ, or null.</summary>
    public static Contestant? RabbitMQ() => !RabbitMQCommand.IsInstalled
        ? null
        : new($"RabbitMQ {RabbitMQVersion()}", "classic queues; a confirm follows the write, without a sync", StartRabbitMQ, _ => true);

    /// <summary>The LavinMQ on the PATH, or null.</summary>
    public static Contestant? LavinMQ() => Find("lavinmq") is not string executable
        ? null
        : new("LavinMQ", "a confirm follows syncfs", (folder, port) => Program(executable, ["--data-dir", folder, "--bind", "127.0.0.1", "--amqp-port", $"{port}", "--http-port", $"{FreePort.Next()}"]), _ => true);

    /// <summary>The least that a broker could do, in the ways that a load can be compared with.</summary>
    public static IEnumerable<Contestant> Floors(string executable)
    {
        static bool Pairs(SpeedLoad load) => load.Scenario is { ExchangeType: "", Producers: var p, Consumers: var c, Queues: var q } && p == c && p == q;
        yield return new("floor, growing file", "receives, appends, fdatasync per read, sends on", (folder, port) => Program(executable, ["-p", $"{port}", "-f", Path.Combine(folder, "floor"), "-a", "0"]), load => load.Scenario.Persistent && Pairs(load));
        yield return new("floor, in place", "the same, over a file that is there", (folder, port) => Program(executable, ["-p", $"{port}", "-f", Path.Combine(folder, "floor")]), load => load.Scenario.Persistent && Pairs(load));
        yield return new("floor, no file", "receives and sends on", (_, port) => Program(executable, ["-p", $"{port}"]), load => !load.Scenario.Persistent && Pairs(load));
    }

    private static StartedCommand StartRabbitMQ(string folder, int port)
    {
        var command = new RabbitMQCommand(folder, port, managementPort: null);
        return new(command.CreateStartInfo(), command);
    }

    private static StartedCommand Program(string executable, string[] arguments) => new(new ProcessStartInfo(executable, arguments), null);

    private static string RabbitMQVersion() => Directory.EnumerateDirectories("/usr/lib/rabbitmq/lib", "rabbitmq_server-*")
        .Select(d => Path.GetFileName(d).Split('-')[1]).FirstOrDefault() ?? "";

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(d => d.Length > 0).Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}

/// <summary>What is to be started, and what must be ended after it.</summary>
internal sealed record StartedCommand(ProcessStartInfo Info, IDisposable? Helper);
