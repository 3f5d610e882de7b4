using CsCheck;

namespace AmqpBroker.Protocol.Tests;

public sealed class FieldTablePropertyTests
{
    [Fact]
    public void Every_table_passes_through_reader_and_writer_byte_for_byte() => Generators.Tables.Sample(table =>
    {
        byte[] wire = new byte[4 + table.RawBytes.Length];
        var writer = new AmqpWriter(wire);
        writer.WriteTable(table);
        var reader = new AmqpReader(wire);
        FieldTable read = reader.ReadTable();
        reader.ExpectEnd();
        Assert.Equal(table.RawBytes.ToArray(), read.RawBytes.ToArray());
        Assert.Equal(table, read);
        Assert.Equal(table.GetHashCode(), read.GetHashCode());
    });

    [Fact]
    public void Taken_apart_and_built_again_every_table_is_the_same_byte_for_byte() => Generators.Tables.Sample(table =>
        Assert.Equal(Convert.ToHexString(table.RawBytes.Span), Convert.ToHexString(Rebuild(table).RawBytes.Span)));

    [Fact]
    public void The_order_of_entries_with_different_names_does_not_count_in_comparisons() =>
        Gen.Select(Generators.Value(2).Array[1, 6], Gen.Int).Sample((values, seed) =>
        {
            (string Name, FieldValue Value)[] entries = [.. values.Select((v, i) => ($"name{i}", v))];
            FieldTable table = Build(entries);
            new Random(seed).Shuffle(entries);
            FieldTable shuffled = Build(entries);
            Assert.Equal(table, shuffled);
            Assert.Equal(table.GetHashCode(), shuffled.GetHashCode());
        });

    [Fact]
    public void A_table_cut_short_is_refused_or_a_table_of_fewer_entries() => Generators.Tables.Sample(
        table =>
        {
            int count = table.Count;
            for (int length = 0; length < table.RawBytes.Length; length++)
            {
                try
                {
                    Assert.InRange(FieldTable.FromRaw(table.RawBytes[..length]).Count, 0, count - 1);
                }
                catch (ConnectionException error)
                {
                    Assert.Equal(ReplyCode.SyntaxError, error.Code);
                }
            }
        },
        iter: 30);

    [Fact]
    public void Set_changes_one_entry_and_nothing_else() =>
        Gen.Select(Generators.Tables, Generators.ShortStrings, Generators.Value(1)).Sample((table, name, value) =>
        {
            FieldTable changed = new FieldTableBuilder(table).Set(name, value).Build();
            FieldTable.Validate(changed.RawBytes.Span);
            Assert.True(changed.TryGetValue(name, out FieldValue found));
            Assert.Equal(value, found);
            FieldTable with = new FieldTableBuilder(table).Append(name, value).Build();
            var builder = new FieldTableBuilder(with);
            Assert.True(builder.Remove(name));
            FieldTable without = builder.Build();
            Assert.False(without.Contains(name));
            Assert.Equal(table.Where(e => e.Name != name), without);
        });

    private static FieldTable Build((string Name, FieldValue Value)[] entries)
    {
        var builder = new FieldTableBuilder();
        foreach ((string name, FieldValue value) in entries)
        {
            builder.Append(name, value);
        }

        return builder.Build();
    }

    private static FieldTable Rebuild(FieldTable table)
    {
        var builder = new FieldTableBuilder();
        foreach ((ShortString name, FieldValue value) in table)
        {
            builder.Append(name, Rebuild(value));
        }

        return builder.Build();
    }

    private static FieldValue Rebuild(FieldValue value) => value.Type switch
    {
        FieldType.Table => FieldValue.FromTable(Rebuild(value.AsTable())),
        FieldType.Array => FieldValue.FromArray([.. value.AsArray().Select(Rebuild)]),
        FieldType.LongString => FieldValue.FromString(value.AsBytes()),
        FieldType.Binary => FieldValue.FromBinary(value.AsBytes()),
        FieldType.SignedInt => FieldValue.FromInt32((int)value.AsInt64()),
        FieldType.Long => FieldValue.FromInt64(value.AsInt64()),
        FieldType.Timestamp => FieldValue.FromTimestamp(value.AsTimestamp()),
        _ => value,
    };
}
