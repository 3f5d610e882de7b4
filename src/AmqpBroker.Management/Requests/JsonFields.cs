using System.Text.Json;

namespace AmqpBroker.Management.Requests;

/// <summary>Picks fields out of JSON by their paths.</summary>
internal static class JsonFields
{
    /// <summary>Writes an object with those of its fields that the paths lead to.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The object; anything else is written as it is.</param>
    /// <param name="paths">The paths, as in [["name"], ["message_stats", "publish"]].</param>
    public static void Write(Utf8JsonWriter writer, JsonElement value, string[][] paths) => Write(writer, value, paths, depth: 0);

    /// <summary>What a path leads to; null if it leads nowhere.</summary>
    public static JsonElement? Find(JsonElement value, string[] path)
    {
        foreach (string name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value;
    }

    /// <summary>Order of values for lists: nothing, numbers, false, true, texts; lists and objects are all the same.</summary>
    public static int Compare(JsonElement? a, JsonElement? b)
    {
        int order = Rank(a).CompareTo(Rank(b));
        if (order != 0 || a is not { } left || b is not { } right)
        {
            return order;
        }

        return left.ValueKind switch
        {
            JsonValueKind.Number => left.GetDouble().CompareTo(right.GetDouble()),
            JsonValueKind.String => string.CompareOrdinal(left.GetString(), right.GetString()),
            _ => 0,
        };
    }

    private static int Rank(JsonElement? value) => value?.ValueKind switch
    {
        null or JsonValueKind.Null or JsonValueKind.Undefined => 0,
        JsonValueKind.Number => 1,
        JsonValueKind.False => 2,
        JsonValueKind.True => 3,
        JsonValueKind.String => 4,
        _ => 5,
    };

    private static void Write(Utf8JsonWriter writer, JsonElement value, ReadOnlySpan<string[]> paths, int depth)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            value.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            var further = new List<string[]>();
            bool whole = false;
            foreach (string[] path in paths)
            {
                if (path.Length > depth && property.NameEquals(path[depth]))
                {
                    whole |= path.Length == depth + 1;
                    further.Add(path);
                }
            }

            if (whole || further.Count > 0)
            {
                writer.WritePropertyName(property.Name);
                if (whole)
                {
                    property.Value.WriteTo(writer);
                }
                else
                {
                    Write(writer, property.Value, further.ToArray(), depth + 1);
                }
            }
        }

        writer.WriteEndObject();
    }
}
