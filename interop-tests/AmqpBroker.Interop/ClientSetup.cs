using System.Collections.Concurrent;
using System.ComponentModel;

namespace AmqpBroker.Interop;

/// <summary>Makes a client ready, once per test run: looks for its runtime, then builds its program.</summary>
internal static class ClientSetup
{
    // A first build fetches packages.
    private static readonly TimeSpan s_stepTimeout = TimeSpan.FromMinutes(5);

    private static readonly ConcurrentDictionary<string, Lazy<Task<bool>>> s_results = new();

    /// <summary>Prepares the client.</summary>
    /// <returns>Whether its runtime is present; if not, nothing was built.</returns>
    /// <exception cref="InvalidOperationException">A build step failed; the message holds its output.</exception>
    public static Task<bool> PrepareAsync(Client client) =>
        s_results.GetOrAdd(client.Name, _ => new Lazy<Task<bool>>(() => PrepareOnceAsync(client))).Value;

    private static async Task<bool> PrepareOnceAsync(Client client)
    {
        if (!Directory.Exists(client.Folder))
        {
            throw new InvalidOperationException($"{client.Name} is in the table of clients, but there is no folder {client.Folder}.");
        }

        Directory.CreateDirectory(client.OutputFolder);
        foreach (string[] probe in client.Probes)
        {
            if (await FailureAsync(client, probe) is not null)
            {
                return false;
            }
        }

        foreach (string[] step in client.Build)
        {
            if (await FailureAsync(client, step) is { } failure)
            {
                throw new InvalidOperationException($"Building {client.Name} failed. {failure}");
            }
        }

        return true;
    }

    /// <summary>Runs one command to its end; null if it went well, otherwise what went wrong.</summary>
    private static async Task<string?> FailureAsync(Client client, string[] command)
    {
        string[] resolved = client.Resolve(command);
        try
        {
            await using ClientProcess process = ClientProcess.Start(resolved, client.Folder);
            using CancellationTokenSource timeout = new(s_stepTimeout);
            int exitCode = await process.WaitForExitAsync(timeout.Token);
            return exitCode == 0
                ? null
                : $"'{string.Join(' ', resolved)}' ended with exit code {exitCode}:{Environment.NewLine}{process.LastOutput}";
        }
        catch (Win32Exception missing)
        {
            return $"'{resolved[0]}' cannot be started: {missing.Message}";
        }
        catch (OperationCanceledException)
        {
            return $"'{string.Join(' ', resolved)}' took more than {s_stepTimeout.TotalMinutes} minutes.";
        }
    }
}
