using CsCheck;

namespace AmqpBroker.Protocol.Tests;

public sealed class BasicPropertiesTests
{
    /// <summary>Any set of properties with any values, as their encoded bytes.</summary>
    private static readonly Gen<byte[]> s_anyProperties = Gen.Select(
        Gen.Int[0, 0x3FFF], Generators.ShortStrings.Array[14], Generators.Tables, Gen.ULong).Select((flags, strings, headers, number) =>
    {
        var editor = new BasicPropertiesEditor();
        for (int i = 0; i < strings.Length; i++)
        {
            if ((flags & (1 << i)) != 0)
            {
                SetAny(editor, (BasicProperty)i, strings[i], headers, number);
            }
        }

        return editor.Build();
    });

    [Fact]
    public void No_property_is_two_octets_of_flags()
    {
        BasicPropertiesView view = BasicProperties.Scan(BasicProperties.None.Span);
        Assert.True(view.IsEmpty);
        Assert.False(view.IsPersistent);
        Assert.True(view.Expiration.IsEmpty);
        Assert.Equal(0, view.Priority);
    }

    [Fact]
    public void All_properties_are_found()
    {
        FieldTable headers = new FieldTableBuilder().Append("h", FieldValue.FromString("v")).Build();
        var editor = new BasicPropertiesEditor();
        foreach (BasicProperty property in Enum.GetValues<BasicProperty>())
        {
            SetAny(editor, property, ShortString.FromString(property.ToString()), headers, 2);
        }

        BasicPropertiesView view = BasicProperties.Scan(editor.Build());
        Assert.Equal("ContentType"u8, view.ContentType);
        Assert.Equal("ContentEncoding"u8, view.ContentEncoding);
        Assert.Equal(headers.RawBytes.Span, view.Headers);
        Assert.True(view.IsPersistent);
        Assert.Equal(2, view.Priority);
        Assert.Equal("CorrelationId"u8, view.CorrelationId);
        Assert.Equal("ReplyTo"u8, view.ReplyTo);
        Assert.Equal("Expiration"u8, view.Expiration);
        Assert.Equal("MessageId"u8, view.MessageId);
        Assert.Equal(2ul, view.Timestamp);
        Assert.Equal("Type"u8, view.Type);
        Assert.Equal("UserId"u8, view.UserId);
        Assert.Equal("AppId"u8, view.AppId);
        Assert.Equal("ClusterId"u8, view.ClusterId);
    }

    [Fact]
    public void An_editor_that_changes_nothing_gives_the_same_bytes() =>
        s_anyProperties.Sample(raw => Assert.Equal(raw, new BasicPropertiesEditor(raw).Build()));

    [Fact]
    public void Edits_change_only_what_they_name() =>
        Gen.Select(s_anyProperties, Generators.Tables, Generators.ShortStrings).Sample((raw, headers, replyTo) =>
        {
            byte[] edited = new BasicPropertiesEditor(raw)
                .SetHeaders(headers).SetReplyTo(replyTo).Remove(BasicProperty.Expiration).Build();
            BasicPropertiesView before = BasicProperties.Scan(raw);
            BasicPropertiesView after = BasicProperties.Scan(edited);
            Assert.Equal(headers.RawBytes.Span, after.Headers);
            Assert.Equal(replyTo.Bytes, after.ReplyTo);
            Assert.False(after.Has(BasicProperty.Expiration));
            foreach (BasicProperty property in Enum.GetValues<BasicProperty>())
            {
                if (property is not (BasicProperty.Headers or BasicProperty.ReplyTo or BasicProperty.Expiration))
                {
                    Assert.Equal(before.Has(property), after.Has(property));
                    Assert.Equal(before.BytesOf(property), after.BytesOf(property));
                }
            }
        });

    [Fact]
    public void A_list_cut_short_or_with_more_behind_is_a_syntax_error() => s_anyProperties.Sample(
        raw =>
        {
            for (int length = 0; length < raw.Length; length++)
            {
                AssertMalformed(raw[..length]);
            }

            AssertMalformed([.. raw, 0]);
        },
        iter: 30);

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00010000")] // further flags
    [InlineData("8000056161")] // a short string that is cut off
    [InlineData("200000000003" + "01615A")] // headers with an unknown type
    [InlineData("2000FFFFFFFF")] // headers with a length that lies
    [InlineData("0040" + "00000000")] // half a timestamp
    public void Malformed_lists_are_syntax_errors(string hex) => AssertMalformed(Convert.FromHexString(hex));

    [Fact]
    public void The_unused_flag_is_kept()
    {
        byte[] raw = [0x10, 0x02, 2];
        Assert.True(BasicProperties.Scan(raw).IsPersistent);
        Assert.Equal(raw, new BasicPropertiesEditor(raw).Build());
    }

    [Fact]
    public void A_value_of_another_type_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new BasicPropertiesEditor().Set(BasicProperty.Headers, ShortString.Empty));
        Assert.Throws<ArgumentException>(() => new BasicPropertiesEditor().Set(BasicProperty.ReplyTo, 1));
    }

    private static void AssertMalformed(byte[] raw)
    {
        ConnectionException error = Assert.Throws<ConnectionException>(() => BasicProperties.Scan(raw));
        Assert.Equal(ReplyCode.SyntaxError, error.Code);
    }

    private static void SetAny(BasicPropertiesEditor editor, BasicProperty property, ShortString text, FieldTable headers, ulong number)
    {
        _ = property switch
        {
            BasicProperty.Headers => editor.SetHeaders(headers),
            BasicProperty.DeliveryMode or BasicProperty.Priority => editor.Set(property, (byte)number),
            BasicProperty.Timestamp => editor.SetTimestamp(number),
            _ => editor.Set(property, text),
        };
    }
}
