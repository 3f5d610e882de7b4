using System.Text.Json.Nodes;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.References;

/// <summary>Looks whether a RabbitMQ has what the scenarios need, so that a run says what is missing instead of many differences.</summary>
internal static class ReferenceCheck
{
    /// <summary>One exchange type of each plugin.</summary>
    private static readonly string[] s_exchangeTypes = ["x-consistent-hash", "x-random", "x-recent-history", "x-modulus-hash"];

    /// <summary>The version.</summary>
    /// <exception cref="InvalidOperationException">The HTTP API does not let guest in, or a plugin is missing.</exception>
    public static async Task<string> VersionAsync(IBroker broker)
    {
        const string needs = "scenarios need its HTTP API and log in as guest with the password guest, an administrator whom it lets in from here (loopback_users = none)";
        JsonNode overview;
        try
        {
            using HttpManager http = new(broker.Host, broker.ManagementPort!.Value, "guest", "guest");
            overview = await http.GetAsync("/api/overview");
        }
        catch (HttpRequestException fault)
        {
            throw new InvalidOperationException($"The RabbitMQ at {broker.Host}:{broker.ManagementPort} cannot be used: {fault.Message}; {needs}.", fault);
        }

        string[] types = [.. overview["exchange_types"]!.AsArray().Select(t => (string)t!["name"]!)];
        string[] missing = [.. s_exchangeTypes.Except(types)];
        return missing.Length == 0
            ? (string)overview["rabbitmq_version"]!
            : throw new InvalidOperationException(
                $"The RabbitMQ at {broker.Host}:{broker.ManagementPort} lacks {string.Join(", ", missing)}; it needs the plugins {string.Join(", ", BrokerUnderTest.RabbitMQPlugins)}.");
    }
}
