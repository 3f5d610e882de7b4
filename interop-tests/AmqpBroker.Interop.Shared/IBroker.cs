namespace AmqpBroker.Interop.Shared;

/// <summary>A broker that serves, wherever it runs: what a test needs to talk to it.</summary>
public interface IBroker : IAsyncDisposable
{
    /// <summary>The host clients connect to.</summary>
    string Host { get; }

    /// <summary>The port clients connect to.</summary>
    int Port { get; }

    /// <summary>The port of the HTTP API on the same host; null without one.</summary>
    int? ManagementPort { get; }

    /// <summary>
    /// What names of queues and exchanges begin with, so that they meet nothing that is there already: empty for a broker that
    /// was started for this run.
    /// </summary>
    string NamePrefix { get; }

    /// <summary>False once the broker has ended.</summary>
    bool IsRunning { get; }

    /// <summary>The last lines the broker printed, where they can be had.</summary>
    string RecentOutput { get; }
}
