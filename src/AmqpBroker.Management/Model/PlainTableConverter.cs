using System.Text.Json;
using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>Writes tables of arguments as RabbitMQ does: an object, its order kept. Of a name that comes twice the first counts, as for the broker.</summary>
internal sealed class PlainTableConverter : JsonConverter<PlainTable>
{
    /// <inheritdoc/>
    public override PlainTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Tables are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, PlainTable value, JsonSerializerOptions options) => Write(writer, value.Entries);

    /// <summary>Writes a table.</summary>
    public static void Write(Utf8JsonWriter writer, PlainTable table) => Write(writer, table.Entries);

    /// <summary>Writes named values as an object.</summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        foreach ((string name, object? value) in entries)
        {
            if (written.Add(name))
            {
                writer.WritePropertyName(name);
                Write(writer, value);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes a plain value.</summary>
    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double notANumber:
                // JSON has no word for it.
                writer.WriteStringValue(notANumber.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case PlainTable table:
                Write(writer, table.Entries);
                break;
            case IReadOnlyList<KeyValuePair<string, object?>> members:
                Write(writer, (IEnumerable<KeyValuePair<string, object?>>)members);
                break;
            case IEnumerable<object?> list:
                writer.WriteStartArray();
                foreach (object? element in list)
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"A table holds a {value.GetType().Name}.");
        }
    }
}
