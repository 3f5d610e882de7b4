using System.Net;
using AmqpBroker.Control;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Management;
using AmqpBroker.Server;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting;

/// <summary>
/// The broker as a service of a Generic Host. Starting takes the ports first, then the data directory, then recovers: what
/// cannot work is noticed before anything is touched. Stopping goes the other way round and leaves everything closed.
/// </summary>
public sealed partial class BrokerService : IHostedService, IAsyncDisposable
{
    private readonly AmqpBrokerOptions _options;
    private readonly AmqpServer _server;
    private readonly ManagementServer? _management;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<BrokerService> _logger;
    private ControlServer? _control;
    private DataDirectoryLock? _directory;
    private FileJournals? _journals;
    private Broker? _broker;

    internal BrokerService(
        AmqpBrokerOptions options,
        AmqpServer server,
        ManagementServer? management,
        IHostApplicationLifetime lifetime,
        ILoggerFactory loggers,
        ILogger<BrokerService> logger)
    {
        _options = options;
        _server = server;
        _management = management;
        _lifetime = lifetime;
        _loggers = loggers;
        _logger = logger;
    }

    /// <summary>Where clients connect, with the ports that the system chose; empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _server.Endpoints;

    /// <summary>Where the management side listens, with the ports that the system chose; empty before the start, or when there is none.</summary>
    public IReadOnlyList<IPEndPoint> ManagementEndpoints => _management?.Endpoints ?? [];

    /// <summary>Places of the store that were found damaged; 0 before the start.</summary>
    internal int DamagedPlaces => _broker?.DamagedPlaces ?? 0;

    /// <summary>Why the broker could not go on, if that is why it stopped.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="BrokerStartException">An address or the data directory cannot be had; the message says it in one line.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        StartStep.Run("cannot listen on", _server.Bind);
        try
        {
            if (_management is not null)
            {
                await StartStep.RunAsync("cannot listen for management:", () => _management.StartAsync(cancellationToken)).ConfigureAwait(false);
            }

            string directory = Path.GetFullPath(_options.DataDirectory);
            _directory = StartStep.Run(
                $"cannot use the data directory '{directory}':", () => DataDirectoryLock.Acquire(FileSystems.Machine, directory));
            StartStep.Run("cannot start:", () => RefuseHalfRestored(directory));
            // Recovery reads files for as long as it takes: not on the thread that starts the host.
            _broker = await Task.Run(
                () => StartStep.Run($"cannot recover from '{directory}':", () => Open(directory)), cancellationToken).ConfigureAwait(false);
            Broker broker = _broker;
            _server.Start(broker, new MachineGauge(directory, () => broker.DiskFull, broker.MakeRoom));
            _management?.Attach(new BrokerView(_broker), _server);
            if (_options.ControlSocket)
            {
                await StartControlAsync(directory, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // First: what is asked of the broker must not outlive it.
        if (Interlocked.Exchange(ref _control, null) is { } control)
        {
            await control.DisposeAsync().ConfigureAwait(false);
        }

        if (_management is not null)
        {
            await _management.DisposeAsync().ConfigureAwait(false);
        }

        await _server.DisposeAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref _broker, null)?.Dispose();
        Interlocked.Exchange(ref _directory, null)?.Dispose();
    }

    private Broker Open(string directory)
    {
        _journals = new FileJournals(Path.Combine(directory, StoreFolders.Journals), _options.Durability, _logger);
        _journals.CheckFormats();
        return Broker.Open(_options.Broker, _journals, TimeProvider.System, OnFailed, what => LogWarning(_logger, what));
    }

    /// <exception cref="IOException">A restore into the directory was not finished.</exception>
    private static void RefuseHalfRestored(string directory)
    {
        string restoring = Path.Combine(directory, StoreFolders.Restoring);
        if (Directory.Exists(restoring) && !Directory.Exists(Path.Combine(directory, StoreFolders.Journals)))
        {
            throw new IOException($"'{restoring}' is what a restore that was not finished has left. Restore again, or remove it.");
        }
    }

    /// <summary>A broker that cannot be controlled serves all the same.</summary>
    private async Task StartControlAsync(string directory, CancellationToken cancellation)
    {
        var control = new ControlServer(ControlSocket.PathIn(directory), new ControlTarget(this, _journals!), _loggers);
        try
        {
            await control.StartAsync(cancellation).ConfigureAwait(false);
            _control = control;
        }
        catch (ControlException e)
        {
            await control.DisposeAsync().ConfigureAwait(false);
            LogNoControl(_logger, e.Message);
        }
    }

    /// <summary>The store or the core cannot go on: nothing is confirmed any more, and the process ends, loudly.</summary>
    private void OnFailed(Exception exception)
    {
        Failure ??= exception;
        LogFailed(_logger, exception);
        _lifetime.StopApplication();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Critical, Message = "The broker cannot go on and stops")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 7, Level = LogLevel.Warning, Message = "No control socket, so no backup while the broker runs: {Reason}")]
    private static partial void LogNoControl(ILogger logger, string reason);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "{What}")]
    private static partial void LogWarning(ILogger logger, string what);
}
