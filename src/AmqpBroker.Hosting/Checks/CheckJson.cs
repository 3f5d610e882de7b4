using System.Text.Json;
using System.Text.Json.Serialization;

namespace AmqpBroker.Hosting.Checks;

/// <summary>The report as JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckJson : JsonSerializerContext
{
    /// <summary>The report in one piece.</summary>
    public static string Write(CheckReport report) => JsonSerializer.Serialize(report, Default.CheckReport);
}
