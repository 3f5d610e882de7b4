using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace AmqpBroker.Interop.Shared;

/// <summary>
/// Starts this repository's broker: the binary that <c>AMQPBROKER_BINARY</c> names, or else the newest build output of
/// <c>src/AmqpBroker</c>.
/// </summary>
internal sealed class AmqpBrokerCommand(string folder, int port, int? managementPort) : IBrokerCommand
{
    private readonly string _binary = FindBinary();

    public ProcessStartInfo CreateStartInfo() =>
        new(_binary, ["--data-dir", Path.Combine(folder, "data"), "--listen", $"127.0.0.1:{port}", "--management", managementPort is { } p ? $"127.0.0.1:{p}" : "off"]);

    public async Task SetDiskFreeLimitAsync(long bytes)
    {
        if (managementPort is null)
        {
            throw new InvalidOperationException("The limit is set over the HTTP API: start the broker with it.");
        }

        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
        string json = string.Create(CultureInfo.InvariantCulture, $$"""{"disk_free_limit": {{bytes}}}""");
        using StringContent body = new(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PutAsync($"http://127.0.0.1:{managementPort}/api/resource-limits", body);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
    }

    private static string FindBinary()
    {
        if (Environment.GetEnvironmentVariable("AMQPBROKER_BINARY") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new InvalidOperationException($"AMQPBROKER_BINARY names {named}, which does not exist.");
        }

        string output = Path.Combine(Repository.Root, "src", "AmqpBroker", "bin");
        string[] names = ["amqpbroker", "amqpbroker.exe"];
        string? newest = Directory.Exists(output)
            ? Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories)
                .Where(path => names.Contains(Path.GetFileName(path)))
                .MaxBy(File.GetLastWriteTimeUtc)
            : null;
        return newest ?? throw new InvalidOperationException(
            "The broker is not built: run 'dotnet build src/AmqpBroker -c Release', or set AMQPBROKER_BINARY.");
    }
}
