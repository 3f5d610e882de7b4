using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Control;

/// <summary>
/// Serves the control socket: HTTP by Kestrel, in a small host of its own. <c>GET /status</c> says how the broker is;
/// <c>POST /backup</c> answers with the files to be copied and holds them until the caller hangs up, however that comes about.
/// Use: <see cref="StartAsync"/>, <see cref="DisposeAsync"/> before the broker is disposed.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Few programs talk to one broker; more would only be a mistake in a script.</summary>
    private const int MaxConnections = 32;

    /// <summary>Nothing that is asked needs a body so far.</summary>
    private const int MaxRequestBodyBytes = 64 * 1024;

    /// <summary>A backup that is held when the broker stops is cut off at once.</summary>
    private static readonly TimeSpan s_stopTime = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly IControlTarget _target;
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _app;

    /// <summary>A server that does nothing yet.</summary>
    /// <param name="path">Of the socket.</param>
    /// <param name="target">What is asked.</param>
    /// <param name="loggers">Where it logs.</param>
    public ControlServer(string path, IControlTarget target, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(loggers);
        _path = path;
        _target = target;
        _loggers = loggers;
    }

    /// <summary>Listens.</summary>
    /// <exception cref="ControlException">The socket cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Socket socket;
        try
        {
            socket = ControlSocket.Bind(_path);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new ControlException($"'{_path}' cannot be used: {e.Message}", e);
        }

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "amqpbroker" });
        builder.Services.AddSingleton(_loggers);
        // The process belongs to the broker's host: this one hears no signals.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, QuietLifetime>());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure).UseSockets(options => options.CreateBoundListenSocket = _ => socket);
        _app = builder.Build();
        _app.Run(RunAsync);
        await _app.StartAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Hangs up on everybody and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await _stopping.CancelAsync().ConfigureAwait(false);
            using var time = new CancellationTokenSource(s_stopTime);
            await app.StopAsync(time.Token).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
            File.Delete(_path);
        }

        _stopping.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        // A caller that copies slowly says nothing for as long as it takes.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ListenUnixSocket(_path, static listen => listen.Protocols = HttpProtocols.Http1);
    }

    private Task RunAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", ControlPaths.Status) => AnswerAsync(context, HttpStatusCode.OK, _target.Status, ControlJson.Default.ControlStatus),
        ("POST", ControlPaths.Backup) => HoldAsync(context),
        _ => AnswerAsync(context, HttpStatusCode.NotFound, new ControlError("This broker does not know what is asked."), ControlJson.Default.ControlError),
    };

    /// <summary>The answer is one line; that it does not end is what holds the files.</summary>
    private async Task HoldAsync(HttpContext context)
    {
        using IHeldJournals? held = _target.HoldJournals();
        if (held is null)
        {
            await AnswerAsync(context, HttpStatusCode.Conflict, new ControlError("Another backup is under way."), ControlJson.Default.ControlError).ConfigureAwait(false);
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = ended.Token.Register(hungUp.SetResult);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(held.Journals, ControlJson.Default.IReadOnlyListJournalListing), (byte)'\n'];
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await hungUp.Task.ConfigureAwait(false);
        if (_stopping.IsCancellationRequested)
        {
            // An answer that ends in order would say that the files were held all the time.
            context.Abort();
        }
    }

    private static async Task AnswerAsync<T>(HttpContext context, HttpStatusCode status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Starts and stops when it is told to.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
