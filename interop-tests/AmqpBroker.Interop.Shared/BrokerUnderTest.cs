namespace AmqpBroker.Interop.Shared;

/// <summary>
/// A broker that belongs to one test run: a process of its own on a free loopback port with a data folder of its own.
/// By default it is this repository's broker; with the environment variable <c>INTEROP_TARGET=rabbitmq</c> it is a node of
/// the RabbitMQ that the system's package manager installed. Restarting keeps the port and the data. Not thread-safe.
/// </summary>
public sealed class BrokerUnderTest : IBroker
{
    /// <summary>Long enough for Erlang to boot on a busy two-core machine; ours needs a fraction of a second.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly IBrokerCommand _command;
    private readonly string _folder;
    private ServerProcess? _process;

    private BrokerUnderTest(IBrokerCommand command, string folder, int port, int? managementPort)
    {
        _command = command;
        _folder = folder;
        Port = port;
        ManagementPort = managementPort;
    }

    /// <summary>The address clients connect to; always loopback.</summary>
    public string Host => "127.0.0.1";

    /// <summary>The port clients connect to; the same after a restart.</summary>
    public int Port { get; }

    /// <summary>The port of the HTTP API, the same after a restart; null without one.</summary>
    public int? ManagementPort { get; }

    /// <summary>Empty: nothing was there before.</summary>
    public string NamePrefix => "";

    /// <summary>The user every client logs in as.</summary>
    public string User => "guest";

    /// <summary>The password of <see cref="User"/>.</summary>
    public string Password => "guest";

    /// <summary>The virtual host every client opens.</summary>
    public string VirtualHost => "/";

    /// <summary>True when the tests run against RabbitMQ, to show that the scenarios themselves are right.</summary>
    public static bool TargetIsRabbitMQ =>
        string.Equals(Environment.GetEnvironmentVariable("INTEROP_TARGET"), "rabbitmq", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether there is a RabbitMQ to start on this machine.</summary>
    public static bool RabbitMQIsInstalled => RabbitMQCommand.IsInstalled;

    /// <summary>The plugins that a RabbitMQ with its HTTP API runs with.</summary>
    public static IReadOnlyList<string> RabbitMQPlugins => RabbitMQCommand.Plugins;

    /// <summary>The address as clients that take one string want it.</summary>
    public Uri Uri => new($"amqp://{User}:{Password}@{Host}:{Port}/%2F");

    /// <summary>What a client program in another language reads its broker's address from.</summary>
    public IReadOnlyDictionary<string, string> ClientEnvironment => new Dictionary<string, string>
    {
        ["AMQP_HOST"] = Host,
        ["AMQP_PORT"] = Port.ToString(),
        ["AMQP_USER"] = User,
        ["AMQP_PASSWORD"] = Password,
        ["AMQP_VHOST"] = VirtualHost,
    };

    /// <summary>False once the broker has been stopped or has ended by itself.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The last lines the broker printed, for the report of a failing test.</summary>
    public string RecentOutput => _process?.RecentOutput ?? "(not running)";

    /// <summary>Starts the target on a free port and returns once it serves.</summary>
    /// <exception cref="InvalidOperationException">The broker is not built or installed, or ended before it served.</exception>
    /// <exception cref="TimeoutException">It did not serve within a minute.</exception>
    public static Task<BrokerUnderTest> StartAsync(CancellationToken cancellation = default) =>
        StartAsync(TargetIsRabbitMQ, management: false, cancellation);

    /// <summary>Starts RabbitMQ or this repository's broker, whatever the target is, on a free port; returns once it serves.</summary>
    /// <param name="rabbitMQ">Which of the two.</param>
    /// <param name="management">Whether it serves its HTTP API too; RabbitMQ then runs with its plugins (<see cref="RabbitMQCommand.Plugins"/>).</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The broker is not built or installed, or ended before it served.</exception>
    /// <exception cref="TimeoutException">It did not serve within a minute.</exception>
    public static async Task<BrokerUnderTest> StartAsync(bool rabbitMQ, bool management = false, CancellationToken cancellation = default)
    {
        string folder = Directory.CreateTempSubdirectory("amqp-interop-").FullName;
        int port = FreePort.Next();
        int? managementPort = management ? FreePort.Next() : null;
        IBrokerCommand command = rabbitMQ ? new RabbitMQCommand(folder, port, managementPort) : new AmqpBrokerCommand(folder, port, managementPort);
        BrokerUnderTest broker = new(command, folder, port, managementPort);
        try
        {
            await broker.StartProcessAsync(cancellation);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the broker cleanly (SIGTERM) and starts it again on the same port and data.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await StopAsync();
        await StartProcessAsync(cancellation);
    }

    /// <summary>Ends the broker as a crash would (SIGKILL) and starts it again on the same port and data.</summary>
    public async Task KillAndRestartAsync(CancellationToken cancellation = default)
    {
        if (_process is { } process)
        {
            _process = null;
            await process.KillAsync();
        }

        await StartProcessAsync(cancellation);
    }

    /// <summary>Stops the broker cleanly (SIGTERM); <see cref="RestartAsync"/> starts it again.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>
    /// Sets the free space below which the broker raises its disk alarm, until it stops. Ours must have been started with its
    /// HTTP API.
    /// </summary>
    public Task SetDiskFreeLimitAsync(long bytes) => _command.SetDiskFreeLimitAsync(bytes);

    /// <summary>Ends the broker and deletes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            _command.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StartProcessAsync(CancellationToken cancellation)
    {
        _process = new ServerProcess(_command.CreateStartInfo());
        await _process.WaitForOutputAsync("Server startup complete", StartTimeout, cancellation);
    }
}
