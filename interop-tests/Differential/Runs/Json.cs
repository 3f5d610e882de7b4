using System.Text.Json;
using System.Text.Json.Nodes;

namespace AmqpBroker.Differential.Runs;

/// <summary>Answers of the HTTP API as text of which two can be compared.</summary>
internal static class Json
{
    /// <summary>The fields named of an object or of an array's objects, in the order of names and of elements; <c>*</c> shows all.</summary>
    public static string Show(JsonNode answer, string[] fields) => answer switch
    {
        JsonArray array => $"[{string.Join(", ", array.Select(e => e is null ? "null" : Show(e, fields)).Order(StringComparer.Ordinal))}]",
        JsonObject @object => Canonical(fields is ["*"] ? @object : Selection(@object, fields)),
        _ => answer.ToJsonString(),
    };

    /// <summary>The kind of a field's value, in an object or in the first of a list's; (none) when there is no such field.</summary>
    public static string KindOf(JsonNode answer, string path)
    {
        JsonNode? at = answer is JsonArray { Count: > 0 } list ? list[0] : answer;
        foreach (string name in path.Split('.'))
        {
            if (at is not JsonObject inner || !inner.TryGetPropertyValue(name, out at))
            {
                return "(none)";
            }
        }

        return at?.GetValueKind() switch
        {
            null => "null",
            JsonValueKind.True or JsonValueKind.False => "flag",
            var kind => kind.Value.ToString(),
        };
    }

    private static JsonObject Selection(JsonObject @object, string[] fields) =>
        new(fields.Select(f => KeyValuePair.Create(f, @object.TryGetPropertyValue(f, out JsonNode? value) ? value?.DeepClone() : "(none)")));

    private static string Canonical(JsonNode? node) => node switch
    {
        JsonObject @object => $"{{{string.Join(", ", @object.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}: {Canonical(p.Value)}"))}}}",
        JsonArray array => $"[{string.Join(", ", array.Select(Canonical))}]",
        null => "null",
        _ => node.ToJsonString(),
    };
}
