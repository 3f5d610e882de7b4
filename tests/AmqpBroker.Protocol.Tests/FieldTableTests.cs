using AmqpBroker.Testing;

namespace AmqpBroker.Protocol.Tests;

public sealed class FieldTableTests
{
    [Fact]
    public void Values_of_every_integer_width_are_read()
    {
        byte[] raw =
        [
            1, (byte)'a', (byte)'b', 0xFF,
            1, (byte)'b', (byte)'B', 0xFF,
            1, (byte)'c', (byte)'s', 0xFF, 0xFE,
            1, (byte)'d', (byte)'u', 0xFF, 0xFE,
            1, (byte)'e', (byte)'I', 0xFF, 0xFF, 0xFF, 0xFD,
            1, (byte)'f', (byte)'i', 0xFF, 0xFF, 0xFF, 0xFD,
            1, (byte)'g', (byte)'l', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
            1, (byte)'h', (byte)'L', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
        ];
        FieldTable table = FieldTable.FromRaw(raw);
        Assert.Equal([-1, 255, -2, 65534, -3, 4294967293, -4, -4], table.Select(e => e.Value.AsInt64()));
        Assert.Equal(
            ["byte", "unsignedbyte", "short", "unsignedshort", "signedint", "unsignedint", "long", "long"],
            table.Select(e => e.Value.RabbitTypeName));
        Assert.Equal(8, table.Count);
    }

    [Fact]
    public void The_first_of_two_entries_with_one_name_is_found()
    {
        FieldTable table = new FieldTableBuilder()
            .Append("a", FieldValue.FromInt32(1)).Append("a", FieldValue.FromInt32(2)).Build();
        Assert.True(table.TryGetValue("a", out FieldValue value));
        Assert.Equal(1, value.AsInt64());
        Assert.False(table.TryGetValue("b", out _));
        Assert.False(table.TryGetValue(new string('x', 300), out _));
    }

    [Fact]
    public void The_order_of_the_outermost_entries_does_not_count_but_types_do()
    {
        FieldTable ab = new FieldTableBuilder().Append("a", FieldValue.FromInt32(1)).Append("b", FieldValue.Void).Build();
        FieldTable ba = new FieldTableBuilder().Append("b", FieldValue.Void).Append("a", FieldValue.FromInt32(1)).Build();
        FieldTable wide = new FieldTableBuilder().Append("b", FieldValue.Void).Append("a", FieldValue.FromInt64(1)).Build();
        Assert.Equal(ab, ba);
        Assert.Equal(ab.GetHashCode(), ba.GetHashCode());
        Assert.NotEqual(ab, wide);
        Assert.NotEqual(ab, FieldTable.Empty);
        Assert.NotEqual(
            new FieldTableBuilder().Append("t", FieldValue.FromTable(ab)).Build(),
            new FieldTableBuilder().Append("t", FieldValue.FromTable(ba)).Build());
    }

    [Fact]
    public void Both_letters_of_a_long_are_one_type()
    {
        FieldTable small = FieldTable.FromRaw(new byte[] { 1, (byte)'a', (byte)'l', 0, 0, 0, 0, 0, 0, 0, 7 });
        FieldTable large = FieldTable.FromRaw(new byte[] { 1, (byte)'a', (byte)'L', 0, 0, 0, 0, 0, 0, 0, 7 });
        Assert.Equal(small, large);
        Assert.Equal(small.GetHashCode(), large.GetHashCode());
    }

    [Fact]
    public void Any_boolean_that_is_not_zero_is_true()
    {
        FieldTable one = FieldTable.FromRaw(new byte[] { 1, (byte)'a', (byte)'t', 1 });
        FieldTable nine = FieldTable.FromRaw(new byte[] { 1, (byte)'a', (byte)'t', 9 });
        FieldTable zero = FieldTable.FromRaw(new byte[] { 1, (byte)'a', (byte)'t', 0 });
        Assert.Equal(one, nine);
        Assert.Equal(one.GetHashCode(), nine.GetHashCode());
        Assert.NotEqual(one, zero);
    }

    [Fact]
    public void Both_zeros_are_one_number()
    {
        Assert.Equal(FieldValue.FromDouble(0.0), FieldValue.FromDouble(-0.0));
        Assert.Equal(FieldValue.FromDouble(0.0).GetHashCode(), FieldValue.FromDouble(-0.0).GetHashCode());
        Assert.NotEqual(FieldValue.FromDouble(1.0), FieldValue.FromDouble(-1.0));
        Assert.NotEqual(FieldValue.FromDouble(0.0), FieldValue.FromDouble(double.Epsilon));
        Assert.NotEqual(FieldValue.FromDouble(-0.0), FieldValue.FromDouble(double.MinValue));
    }

    [Fact]
    public void A_text_and_a_binary_of_the_same_bytes_are_different() =>
        Assert.NotEqual(FieldValue.FromString("q"), FieldValue.FromBinary("q"u8.ToArray()));

    [Fact]
    public void Entries_of_one_name_count_in_their_order()
    {
        FieldValue one = FieldValue.FromInt32(1);
        FieldValue two = FieldValue.FromInt32(2);
        Assert.NotEqual(
            new FieldTableBuilder().Append("a", one).Append("a", two).Build(),
            new FieldTableBuilder().Append("a", two).Append("a", one).Build());
    }

    [Fact]
    public void Nested_values_that_differ_anywhere_are_different()
    {
        FieldValue[] values =
        [
            FieldValue.FromArray(),
            FieldValue.FromArray(FieldValue.Void),
            FieldValue.FromArray(FieldValue.Void, FieldValue.Void),
            FieldValue.FromArray(FieldValue.FromInt32(1)),
            FieldValue.FromTable(FieldTable.Empty),
            FieldValue.FromTable(new FieldTableBuilder().Append("a", FieldValue.Void).Build()),
            FieldValue.FromTable(new FieldTableBuilder().Append("b", FieldValue.Void).Build()),
            FieldValue.FromTable(new FieldTableBuilder().Append("a", FieldValue.FromInt32(1)).Build()),
            FieldValue.FromTable(new FieldTableBuilder().Append("a", FieldValue.Void).Append("b", FieldValue.Void).Build()),
        ];
        for (int i = 0; i < values.Length; i++)
        {
            for (int j = 0; j < values.Length; j++)
            {
                Assert.Equal(i == j, values[i] == values[j]);
            }
        }
    }

    [Fact]
    public void The_builder_keeps_untouched_entries_byte_for_byte()
    {
        byte[] raw = [1, (byte)'a', (byte)'L', 0, 0, 0, 0, 0, 0, 0, 7, 1, (byte)'b', (byte)'t', 9, 1, (byte)'c', (byte)'V'];
        var builder = new FieldTableBuilder(FieldTable.FromRaw(raw));
        Assert.Equal(raw, builder.Build().RawBytes.ToArray());
        builder.Set("b", FieldValue.FromBoolean(true)).Append("d", FieldValue.Void);
        Assert.True(builder.Remove("c"));
        Assert.False(builder.Remove("c"));
        byte[] expected = [.. raw[..11], 1, (byte)'b', (byte)'t', 1, 1, (byte)'d', (byte)'V'];
        Assert.Equal(expected, builder.Build().RawBytes.ToArray());
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_taken_and_beyond_is_refused()
    {
        FieldTable table = FieldTable.Empty;
        for (int depth = 1; depth < FieldTable.MaxDepth; depth++)
        {
            table = new FieldTableBuilder().Append("n", FieldValue.FromTable(table)).Build();
        }

        FieldTable.Validate(table.RawBytes.Span);
        foreach (FieldValue nested in (FieldValue[])[FieldValue.FromTable(table), FieldValue.FromArray(table.Single().Value)])
        {
            FieldTable deeper = new FieldTableBuilder().Append("n", nested).Build();
            ConnectionException error = Assert.Throws<ConnectionException>(() => FieldTable.Validate(deeper.RawBytes.Span));
            Assert.Equal(ReplyCode.SyntaxError, error.Code);
        }
    }

    [Theory]
    [InlineData("05")] // a name longer than the table
    [InlineData("0161")] // no value
    [InlineData("01617A")] // an unknown type
    [InlineData("01616C00000000000000")] // a long with seven octets
    [InlineData("01615300000002FF")] // a string with a length that lies
    [InlineData("016153FFFFFFFF")]
    [InlineData("01615300")]
    [InlineData("016146000000020161")] // a nested table that is cut off
    [InlineData("016141000000025300")] // a nested array that is cut off
    public void Malformed_tables_are_syntax_errors(string hex)
    {
        byte[] raw = Convert.FromHexString(hex);
        ConnectionException error = Assert.Throws<ConnectionException>(() => FieldTable.Validate(raw));
        Assert.Equal(ReplyCode.SyntaxError, error.Code);
    }

    [Fact]
    public void Validation_allocates_nothing()
    {
        FieldTable inner = new FieldTableBuilder().Append("s", FieldValue.FromString("text")).Build();
        byte[] raw = new FieldTableBuilder()
            .Append("t", FieldValue.FromTable(inner))
            .Append("a", FieldValue.FromArray(FieldValue.FromInt64(1), FieldValue.FromTable(inner)))
            .Build().RawBytes.ToArray();
        Assert.Equal(0, Allocations.Least(() => FieldTable.Validate(raw)));
    }
}
