using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// A field table for readers who know nothing of AMQP's encoding. The values are null, bool, long, double, string (binaries
/// too, as far as they are text), <see cref="PlainTable"/> and lists of these. Immutable; decoded when it is read.
/// </summary>
public sealed class PlainTable
{
    /// <summary>The table without entries.</summary>
    public static readonly PlainTable Empty = new(FieldTable.Empty);

    private readonly FieldTable _table;

    private PlainTable(FieldTable table) => _table = table;

    /// <summary>The entries in their order; a name that the client sent twice comes twice.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Entries =>
        _table.Select(static e => KeyValuePair.Create(Encoding.UTF8.GetString(e.Name.Bytes), Plain(e.Value)));

    /// <summary>The table of these fields.</summary>
    public static PlainTable From(FieldTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.IsEmpty ? Empty : new PlainTable(table);
    }

    private static object? Plain(FieldValue value) => value.Type switch
    {
        FieldType.Void => null,
        FieldType.Boolean => value.AsBoolean(),
        FieldType.LongString or FieldType.Binary => value.AsString(),
        FieldType.Float or FieldType.Double => value.AsDouble(),
        FieldType.Decimal => value.AsDecimal() is var (scale, digits) ? digits / Math.Pow(10, scale) : null,
        FieldType.Timestamp => (long)Math.Min(value.AsTimestamp(), long.MaxValue),
        FieldType.Table => From(value.AsTable()),
        FieldType.Array => value.AsArray().Select(Plain).ToList(),
        _ => value.AsInt64(),
    };
}
