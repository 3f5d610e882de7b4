using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace AmqpBroker.Management.Requests;

/// <summary>
/// Takes every request: finds its route, lets its sender in or not, waits for its turn, and turns what goes wrong into an
/// answer. Any thread. Always holds: after <see cref="StopAsync"/> no answer is under way, and none begins.
/// </summary>
internal sealed partial class Dispatcher : IDisposable
{
    /// <summary>In the order in which RabbitMQ names them.</summary>
    private static readonly string[] s_methods = ["GET", "POST", "PUT", "DELETE"];

    private static readonly AccountInfo s_nobody = new("", []);

    private readonly IReadOnlyList<Route> _routes;
    private readonly ManagementOptions _options;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turns;
    private volatile Sources? _sources;
    private Sources? _attached;

    public Dispatcher(IReadOnlyList<Route> routes, ManagementOptions options, ILogger logger)
    {
        _routes = routes;
        _options = options;
        _logger = logger;
        _turns = new SemaphoreSlim(options.MaxConcurrentRequests);
    }

    /// <summary>From here on there is something to tell; until then answers are 503.</summary>
    public void Attach(Sources sources) => _sources = sources;

    /// <summary>Takes the turns away for good: completes when the answers under way have ended.</summary>
    public async Task StopAsync()
    {
        _attached = _sources ?? _attached;
        _sources = null;
        for (int i = 0; i < _options.MaxConcurrentRequests; i++)
        {
            await _turns.WaitAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        (_sources ?? _attached)?.Logins.Dispose();
        _turns.Dispose();
    }

    /// <summary>Answers a request.</summary>
    public async Task RunAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
        using var time = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        time.CancelAfter(_options.RequestTimeoutMs);
        try
        {
            await AnswerAsync(http, time.Token).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            await FailAsync(http, e).ConfigureAwait(false);
        }
        catch (AdministrationException e)
        {
            await FailAsync(http, ApiException.From(e)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            // The client has gone, or does not take its answer, or its turn did not come.
            await FailAsync(http, ApiException.Unavailable("timeout")).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not IOException)
        {
            LogFailed(_logger, http.Request.Method, http.Request.Path, e);
            await FailAsync(
                http, new ApiException(StatusCodes.Status500InternalServerError, "internal_error", "see the broker's log")).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext http, CancellationToken cancellation)
    {
        string[] path = PathSegments.Of(http);
        string method = HttpMethods.IsHead(http.Request.Method) ? HttpMethods.Get : http.Request.Method;
        Route[] routes = [.. _routes.Where(r => r.Match(path) is not null)];
        if (routes.Length == 0)
        {
            throw ApiException.NotFound();
        }

        if (Array.Find(routes, r => r.Method == method) is not { } route)
        {
            http.Response.StatusCode = HttpMethods.IsOptions(method) ? StatusCodes.Status200OK : StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers[HeaderNames.Allow] = Allowed(routes);
            return;
        }

        // Before the login, which reads the accounts: they may not be there yet, or not any more.
        await _turns.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            Sources sources = _sources ?? throw ApiException.Unavailable("the broker is starting or stopping");
            http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
                route.TakesLargeBodies ? _options.MaxLargeBodyBytes : _options.MaxRequestBodyBytes;
            AccountInfo? account = route.IsOpen
                ? s_nobody
                : await BasicAuthentication.AuthenticateAsync(http, sources, cancellation).ConfigureAwait(false);
            if (account is not null)
            {
                await route.Answer(new ApiRequest(http, sources, account, route.Match(path)!, cancellation)).ConfigureAwait(false);
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    private static string Allowed(Route[] routes) =>
        string.Join(", ", ["HEAD", .. s_methods.Where(m => Array.Exists(routes, r => r.Method == m)), "OPTIONS"]);

    private static async Task FailAsync(HttpContext http, ApiException e)
    {
        if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested)
        {
            // Half an answer cannot be taken back; a cut connection says that it was half.
            http.Abort();
            return;
        }

        if (e.Challenge)
        {
            http.Response.Headers[HeaderNames.WWWAuthenticate] = BasicAuthentication.Challenge;
        }

        await Reply.ErrorAsync(http, e.Status, e.Body, http.RequestAborted).ConfigureAwait(false);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The request {Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, string method, string path, Exception exception);
}
