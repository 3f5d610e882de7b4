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

    /// <summary>
    /// The table of these plain values, as RabbitMQ makes one of JSON: whole numbers are 64 bits long, others doubles. Names and
    /// texts are UTF-8.
    /// </summary>
    /// <param name="value">An object as <c>IReadOnlyList&lt;KeyValuePair&lt;string, object?&gt;&gt;</c>, or an empty list, which stands for an empty one.</param>
    /// <exception cref="FormatException">It is none, a value in it is null, or a name is too long.</exception>
    public static PlainTable FromPlain(object? value) => value switch
    {
        PlainTable table => table,
        IReadOnlyList<KeyValuePair<string, object?>> entries => From(Build(entries)),
        IReadOnlyList<object?> { Count: 0 } => Empty,
        _ => throw new FormatException("not_a_table"),
    };

    /// <summary>The table as AMQP has it.</summary>
    internal FieldTable Fields => _table;

    private static FieldTable Build(IReadOnlyList<KeyValuePair<string, object?>> entries)
    {
        var builder = new FieldTableBuilder();
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < entries.Count; i++)
        {
            last[entries[i].Key] = i;
        }

        for (int i = 0; i < entries.Count; i++)
        {
            (string name, object? value) = entries[i];
            if (last[name] != i)
            {
                continue; // of a name that comes twice the last counts
            }

            if (Encoding.UTF8.GetByteCount(name) > ShortString.MaxLength)
            {
                throw new FormatException($"a name is longer than {ShortString.MaxLength} bytes");
            }

            builder.Append(name, Field(value));
        }

        return builder.Build();
    }

    private static FieldValue Field(object? value) => value switch
    {
        null => throw new FormatException("null_not_allowed"),
        bool flag => FieldValue.FromBoolean(flag),
        long number => FieldValue.FromInt64(number),
        double number => FieldValue.FromDouble(number),
        string text => FieldValue.FromString(text),
        PlainTable table => FieldValue.FromTable(table._table),
        IReadOnlyList<KeyValuePair<string, object?>> entries => FieldValue.FromTable(Build(entries)),
        IReadOnlyList<object?> list => FieldValue.FromArray([.. list.Select(Field)]),
        _ => throw new FormatException($"a {value.GetType().Name} is no plain value"),
    };

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
