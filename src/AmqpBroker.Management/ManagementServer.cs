using System.Net;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Management.Requests;
using AmqpBroker.Management.Routes;
using AmqpBroker.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Management;

/// <summary>
/// The management side: HTTP by Kestrel, in a small host of its own, which is made only when there is an address to listen on.
/// Use: <see cref="StartAsync"/> (takes the ports and answers 503), <see cref="Attach"/>, <see cref="DisposeAsync"/> before
/// the broker is disposed. One caller at a time.
/// </summary>
public sealed class ManagementServer : IAsyncDisposable
{
    /// <summary>What a request's head may take to arrive: longer only holds a connection.</summary>
    private static readonly TimeSpan s_headTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Monitors ask every 5 to 60 seconds and keep their connection meanwhile.</summary>
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(90);

    private readonly ManagementOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly Dispatcher _dispatcher;
    private WebApplication? _app;
    private Sampler? _sampler;

    /// <summary>A management side that does nothing yet.</summary>
    public ManagementServer(ManagementOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = options;
        _loggers = loggers;
        _dispatcher = new Dispatcher(RouteTable.All, options, loggers.CreateLogger<ManagementServer>());
    }

    /// <summary>Where it listens, with the ports that the system chose; empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; private set; } = [];

    /// <summary>Takes the ports. Until <see cref="Attach"/> every answer is 503.</summary>
    /// <exception cref="IOException">An address cannot be had; none is held.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        // The empty builder: no settings from files or variables of other programs, nothing but what is named here.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "amqpbroker" });
        builder.Services.AddSingleton(_loggers);
        // The process belongs to the broker's host: this one hears no signals.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, QuietLifetime>());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        _app = builder.Build();
        _app.Run(_dispatcher.RunAsync);
        await _app.StartAsync(cancellation).ConfigureAwait(false);
        Endpoints = [.. _app.Urls.Select(static url => IPEndPoint.Parse(new Uri(url).Authority))];
    }

    /// <summary>From here on requests are answered from the broker and the server.</summary>
    public void Attach(BrokerView broker, IServerView server)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(server);
        _sampler = broker.StartSampling(_options.SampleIntervalMs, tick => server.SampleTraffic(tick, _options.SampleIntervalMs));
        _dispatcher.Attach(new Sources(_options with { Listen = Endpoints }, broker, server));
    }

    /// <summary>Stops listening, lets answers under way end for a bounded time, and cuts off the rest. Afterwards the broker is not touched any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var time = new CancellationTokenSource(_options.ShutdownTimeoutMs);
            await app.StopAsync(time.Token).ConfigureAwait(false);
            await _dispatcher.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }

        if (_sampler is { } sampler)
        {
            _sampler = null;
            await sampler.DisposeAsync().ConfigureAwait(false);
        }

        _dispatcher.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = _options.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestBodySize = _options.MaxLargeBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = s_headTimeout;
        kestrel.Limits.KeepAliveTimeout = s_keepAlive;
        foreach (IPEndPoint address in _options.Listen)
        {
            // HTTP/1.1 alone: what all the tools speak, and one request at a time for each connection.
            kestrel.Listen(address, static listen => listen.Protocols = HttpProtocols.Http1);
        }
    }

    /// <summary>Starts and stops when it is told to.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
