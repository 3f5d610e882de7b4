using System.Diagnostics;
using System.Net.Sockets;

namespace AmqpBroker.Interop.Shared;

/// <summary>
/// Starts a node of the installed RabbitMQ beside any other: name, ports, port mapper, cookie and folders of its own.
/// </summary>
internal sealed class RabbitMQCommand : IBrokerCommand
{
    /// <summary>The script itself, not the wrapper on the PATH, which changes to another user and its home.</summary>
    private const string Script = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const string ControlScript = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    /// <summary>
    /// The plugins that run beside the HTTP API: those whose exchange types and rules are compared. Each slows the start a little.
    /// </summary>
    public static readonly string[] Plugins =
    [
        "rabbitmq_management", "rabbitmq_consistent_hash_exchange", "rabbitmq_random_exchange", "rabbitmq_recent_history_exchange",
        "rabbitmq_sharding",
    ];

    private readonly string _folder;
    private readonly int _port;
    private readonly int _distributionPort = FreePort.Next();
    private readonly int _portMapperPort = FreePort.Next();
    private readonly Process _portMapper;

    public RabbitMQCommand(string folder, int port, int? managementPort)
    {
        if (!IsInstalled)
        {
            throw new InvalidOperationException($"{Script} not found: install the package rabbitmq-server.");
        }

        _folder = folder;
        _port = port;
        // RabbitMQ would start the port mapper as a daemon that outlives it; as a child of ours it ends with the test.
        ProcessStartInfo epmd = new("epmd", ["-port", _portMapperPort.ToString(), "-address", "127.0.0.1"]);
        _portMapper = Process.Start(epmd) ?? throw new InvalidOperationException("epmd did not start.");
        AppDomain.CurrentDomain.ProcessExit += EndPortMapper;
        AwaitPortMapper();
        string api = managementPort is { } p ? $"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {p}\n" : "";
        File.WriteAllText(Path.Combine(folder, "rabbitmq.conf"), $"listeners.tcp.local = 127.0.0.1:{port}\n{api}");
        File.WriteAllText(Path.Combine(folder, "enabled_plugins"), $"[{(managementPort is null ? "" : string.Join(',', Plugins))}].\n");
    }

    /// <summary>Whether the package is installed.</summary>
    public static bool IsInstalled => File.Exists(Script);

    public ProcessStartInfo CreateStartInfo() => Prepare(new ProcessStartInfo(Script));

    public async Task SetDiskFreeLimitAsync(long bytes)
    {
        using Process control = Process.Start(Prepare(new ProcessStartInfo(ControlScript, ["-q", "set_disk_free_limit", $"{bytes}"])))
            ?? throw new InvalidOperationException($"{ControlScript} did not start.");
        await control.WaitForExitAsync();
        if (control.ExitCode != 0)
        {
            throw new InvalidOperationException($"{ControlScript} set_disk_free_limit ended with code {control.ExitCode}.");
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndPortMapper;
        EndPortMapper(null, EventArgs.Empty);
        _portMapper.Dispose();
    }

    /// <summary>Gives a program of the node's the surroundings that the node has.</summary>
    private ProcessStartInfo Prepare(ProcessStartInfo start)
    {
        start.WorkingDirectory = _folder;
        Dictionary<string, string> environment = new()
        {
            ["HOME"] = _folder,
            ["ERL_EPMD_PORT"] = _portMapperPort.ToString(),
            ["RABBITMQ_NODENAME"] = $"interop-{_port}@localhost",
            ["RABBITMQ_NODE_PORT"] = _port.ToString(),
            ["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
            ["RABBITMQ_LOGS"] = "-",
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private void EndPortMapper(object? sender, EventArgs args)
    {
        if (!_portMapper.HasExited)
        {
            _portMapper.Kill();
        }
    }

    private void AwaitPortMapper()
    {
        // The port mapper prints nothing when it listens, so asking it (for its names) is the only way to learn it.
        ReadOnlySpan<byte> namesRequest = [0, 1, (byte)'n'];
        long deadline = Environment.TickCount64 + 10_000;
        while (true)
        {
            try
            {
                using TcpClient client = new("127.0.0.1", _portMapperPort);
                client.GetStream().Write(namesRequest);
                client.GetStream().ReadByte();
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < deadline && !_portMapper.HasExited)
            {
                Thread.Sleep(10); // waits because nothing announces when the port mapper listens
            }
        }
    }
}
