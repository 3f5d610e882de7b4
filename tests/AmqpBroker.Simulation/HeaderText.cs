using System.Globalization;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>Headers as text, sorted by name, so that those of the model and those received can be compared and read.</summary>
internal static class HeaderText
{
    internal static string Of(FieldTable table)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((ShortString name, FieldValue value) in table)
        {
            fields.Add(name.ToString(), Of(value));
        }

        return Table(fields);
    }

    internal static string Table(SortedDictionary<string, string> fields) =>
        fields.Count == 0 ? "" : "{" + string.Join(' ', fields.Select(f => $"{f.Key}={f.Value}")) + "}";

    internal static string Array(IEnumerable<string> elements) => "[" + string.Join(',', elements) + "]";

    private static string Of(FieldValue value) => value.Type switch
    {
        FieldType.Table => Of(value.AsTable()),
        FieldType.Array => Array(value.AsArray().Select(Of)),
        FieldType.LongString => $"S:{value.AsString()}",
        FieldType.Timestamp => string.Create(CultureInfo.InvariantCulture, $"T:{value.AsTimestamp()}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(char)value.Type}:{value.AsInt64()}"),
    };
}
