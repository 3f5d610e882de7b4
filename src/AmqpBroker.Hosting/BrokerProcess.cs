using System.Diagnostics;
using System.Globalization;
using AmqpBroker.Hosting.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting;

/// <summary>A process that is a broker: reads its options, serves until it is told to stop, and says how it went by its exit code.</summary>
public static class BrokerProcess
{
    /// <summary>Longer than everything that stopping waits for: connections, and what the journals still write.</summary>
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs the broker; completes when it has stopped (SIGTERM, Ctrl-C) or could not start.</summary>
    /// <returns>The exit code: 0 stopped, 1 could not start or go on, 2 bad options.</returns>
    public static Task<int> RunAsync(string[] args) => new BrokerCommandLine().RunAsync(args, ServeAsync);

    private static async Task<int> ServeAsync(AmqpBrokerOptions options, LogLevel level)
    {
        // Not for the other commands: they may block while they copy.
        SocketContinuations.GoOnAtOnce();
        using IHost host = Build(options, level);
        BrokerService broker = host.Services.GetRequiredService<BrokerService>();
        try
        {
            await host.StartAsync().ConfigureAwait(false);
        }
        catch (BrokerStartException e)
        {
            await Console.Error.WriteLineAsync($"amqpbroker: {e.Message}").ConfigureAwait(false);
            return ExitCodes.Failed;
        }

        await Console.Out.WriteLineAsync(Started(broker)).ConfigureAwait(false);
        await host.WaitForShutdownAsync().ConfigureAwait(false);
        if (broker.Failure is { } failure)
        {
            await Console.Error.WriteLineAsync($"amqpbroker: stopped: {failure.Message}").ConfigureAwait(false);
            return ExitCodes.Failed;
        }

        return ExitCodes.Stopped;
    }

    private static IHost Build(AmqpBrokerOptions options, LogLevel level)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "amqpbroker" });
        builder.Logging.SetMinimumLevel(level);
        // What the host itself would say, the broker says in its own words.
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = s_stopTimeout);
        builder.Services.AddAmqpBroker(options with { ControlSocket = true });
        return builder.Build();
    }

    private static string Started(BrokerService broker)
    {
        using Process self = Process.GetCurrentProcess();
        double elapsedMs = (DateTime.Now - self.StartTime).TotalMilliseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Server startup complete: listening on {string.Join(", ", broker.Endpoints)}{Management(broker)}, {elapsedMs:F0} ms after the process began");
    }

    private static string Management(BrokerService broker) =>
        broker.ManagementEndpoints is { Count: > 0 } endpoints ? $", management on http://{string.Join(", http://", endpoints)}" : "";
}
