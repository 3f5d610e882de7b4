using System.Text.Json;
using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>Writes a message's properties as RabbitMQ does: an object, and an empty list when there are none.</summary>
internal sealed class PropertiesConverter : JsonConverter<PropertiesJson>
{
    /// <inheritdoc/>
    public override PropertiesJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Properties are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, PropertiesJson value, JsonSerializerOptions options)
    {
        if (value.Values.Count == 0)
        {
            writer.WriteStartArray();
            writer.WriteEndArray();
            return;
        }

        PlainTableConverter.Write(writer, value.Values);
    }
}
