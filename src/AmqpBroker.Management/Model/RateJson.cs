using System.Text.Json;
using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>How fast a figure changes, each second, and on demand its past.</summary>
internal sealed record RateJson(double Rate)
{
    /// <summary>It stands still, or nothing is known of it.</summary>
    public static readonly RateJson Zero = new(0);

    /// <summary>The newest first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SampleJson>? Samples { get; init; }

    /// <summary>The rate over all samples.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AvgRate { get; init; }

    /// <summary>The mean of the samples.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Avg { get; init; }
}

/// <summary>A figure as it was.</summary>
/// <param name="Sample">Its value.</param>
/// <param name="Timestamp">When, in milliseconds since 1970.</param>
internal sealed record SampleJson(long Sample, long Timestamp);

/// <summary>Figures with their rates, under RabbitMQ's names: <c>"ack": 5, "ack_details": {"rate": 0.2}</c>.</summary>
[JsonConverter(typeof(StatsConverter))]
internal sealed record StatsJson(IReadOnlyList<(string Name, long Value, RateJson Details)> Figures);

/// <summary>Writes figures and their details side by side.</summary>
internal sealed class StatsConverter : JsonConverter<StatsJson>
{
    /// <inheritdoc/>
    public override StatsJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Figures are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StatsJson value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string name, long figure, RateJson details) in value.Figures)
        {
            writer.WriteNumber(name, figure);
            writer.WritePropertyName($"{name}_details");
            JsonSerializer.Serialize(writer, details, ManagementJson.Default.RateJson);
        }

        writer.WriteEndObject();
    }
}
