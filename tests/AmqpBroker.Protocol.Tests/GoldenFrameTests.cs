using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace AmqpBroker.Protocol.Tests;

/// <summary>Frames of real clients and of a real RabbitMQ mean to this codec what they mean to another decoder.</summary>
public sealed class GoldenFrameTests
{
    private const uint MaxFrameSize = 131072;

    /// <summary>Arguments that the specification reserves and the codec leaves out.</summary>
    private static readonly string[] s_reserved =
        ["ticket", "capabilities", "insist", "known_hosts", "out_of_band", "channel_id", "cluster_id"];

    /// <summary>
    /// Headers that pika's decoder reads otherwise than RabbitMQ and the client that sent them: it takes l for unsigned, swaps
    /// b and B, and cuts fractions off. <see cref="Numbers_are_what_the_client_was_given"/> looks at them.
    /// </summary>
    private static readonly string[] s_misread = ["huge", "byte", "sbyte", "float", "double", "long"];

    public static TheoryData<string> Clients => [.. GoldenFrames.Clients];

    [Theory]
    [MemberData(nameof(Clients))]
    public void Methods_have_the_arguments_that_another_decoder_sees(string client)
    {
        int methods = 0;
        foreach (GoldenFrame golden in GoldenFrames.Read(client))
        {
            if (golden.Name == "ProtocolHeader" || !Decode(golden, out uint key, out IMethod? method))
            {
                continue;
            }

            methods++;
            if (golden.Name is { } name)
            {
                Assert.Equal(name.Replace(".", "", StringComparison.Ordinal), method!.GetType().Name);
                AssertArguments(golden, method);
            }
        }

        Assert.InRange(methods, 30, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Methods_are_written_as_the_client_wrote_them(string client)
    {
        foreach (GoldenFrame golden in GoldenFrames.Read(client))
        {
            // connection.open: pika sets the reserved bit "insist", which is written as zero.
            if (golden.Name is not ("ProtocolHeader" or "Connection.Open") && Decode(golden, out uint key, out IMethod? method))
            {
                byte[] written = MethodDecoders.Encode(key, ChannelOf(golden.Bytes), method!);
                Assert.Equal(Convert.ToHexString(golden.Bytes), Convert.ToHexString(written));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Content_headers_have_the_properties_that_another_decoder_sees(string client)
    {
        int headers = 0;
        foreach (GoldenFrame golden in GoldenFrames.Read(client).Where(f => f.Name == "Header"))
        {
            headers++;
            Assert.True(FrameReader.TryRead(golden.Bytes, MaxFrameSize, out Frame frame, out _));
            ContentHeader header = ContentHeader.Read(frame);
            Assert.Equal(60, header.ClassId);
            Assert.Equal(golden.Description.GetProperty("body_size").GetUInt64(), header.BodyBytes);
            AssertProperties(golden, BasicProperties.Scan(header.Properties));

            byte[] written = new byte[FrameWriter.ContentHeaderSize(header.Properties.Length)];
            FrameWriter.WriteContentHeader(written, frame.Channel, header.BodyBytes, header.Properties);
            Assert.Equal(golden.Bytes, written);
            Assert.Equal(header.Properties.ToArray(), new BasicPropertiesEditor(header.Properties.ToArray()).Build());
        }

        Assert.InRange(headers, 3, int.MaxValue);
    }

    [Fact]
    public void Numbers_are_what_the_client_was_given()
    {
        FieldTable dotnet = FindHeaders("dotnet", "sbyte");
        FieldTable pika = FindHeaders("pika", "huge");
        Assert.Equal((200L, "unsignedbyte"), Integer(dotnet, "byte"));
        Assert.Equal((-5L, "byte"), Integer(dotnet, "sbyte"));
        Assert.Equal((-300L, "short"), Integer(dotnet, "short"));
        Assert.Equal((60_000L, "unsignedshort"), Integer(dotnet, "ushort"));
        Assert.Equal((-70_000L, "signedint"), Integer(dotnet, "int"));
        Assert.Equal((4_000_000_000L, "unsignedint"), Integer(dotnet, "uint"));
        Assert.Equal((long.MinValue, "long"), Integer(dotnet, "long"));
        Assert.Equal((-(1L << 62), "long"), Integer(pika, "huge"));
        Assert.True(dotnet.TryGetValue("float", out FieldValue single));
        Assert.Equal(1.5, single.AsDouble());
        Assert.True(dotnet.TryGetValue("double", out FieldValue real));
        Assert.Equal(-2.25, real.AsDouble());
    }

    [Fact]
    public void The_recordings_hold_most_methods()
    {
        HashSet<uint> seen = [];
        foreach (GoldenFrame golden in GoldenFrames.Clients.SelectMany(GoldenFrames.Read).Where(f => f.Name != "ProtocolHeader"))
        {
            if (Decode(golden, out uint key, out _))
            {
                seen.Add(key);
            }
        }

        // No client sends access.*, connection.secure or basic.recover-async; blocked and nack from the server need an alarm.
        Assert.InRange(seen.Count, 54, MethodCatalog.All.Count);
    }

    private static (long Value, string Type) Integer(FieldTable table, string name)
    {
        Assert.True(table.TryGetValue(name, out FieldValue value));
        return (value.AsInt64(), value.RabbitTypeName);
    }

    /// <summary>The headers of the first message that has this one.</summary>
    private static FieldTable FindHeaders(string client, string name)
    {
        foreach (GoldenFrame golden in GoldenFrames.Read(client).Where(f => f.Name == "Header"))
        {
            FrameReader.TryRead(golden.Bytes, MaxFrameSize, out Frame frame, out _);
            FieldTable headers = FieldTable.FromRaw(BasicProperties.Scan(ContentHeader.Read(frame).Properties).Headers.ToArray());
            if (headers.TryGetValue(name, out _))
            {
                return headers;
            }
        }

        throw new InvalidDataException($"{client} has no message with the header {name}.");
    }

    private static ushort ChannelOf(byte[] frame) => (ushort)((frame[1] << 8) | frame[2]);

    private static bool Decode(GoldenFrame golden, out uint key, out IMethod? method)
    {
        Assert.True(FrameReader.TryRead(golden.Bytes, MaxFrameSize, out Frame frame, out int consumed), golden.Place);
        Assert.Equal(golden.Bytes.Length, consumed);
        (key, method) = (0, null);
        if (frame.Type != FrameType.Method)
        {
            return false;
        }

        key = frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
        method = MethodDecoders.Decode(key, arguments);
        Assert.True(golden.FromClient ? MethodCatalog.IsFromClient(key) : MethodCatalog.IsFromServer(key), golden.Place);
        return true;
    }

    private static void AssertArguments(GoldenFrame golden, IMethod method)
    {
        var properties = method.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.Name != nameof(IMethod.Size)).ToDictionary(p => PikaName(p.Name));
        foreach (JsonProperty field in golden.Description.GetProperty("fields").EnumerateObject())
        {
            if (properties.Remove(field.Name, out PropertyInfo? property))
            {
                AssertSame(golden.Place, field.Value, property.GetValue(method)!);
            }
            else
            {
                Assert.Contains(field.Name, s_reserved);
            }
        }

        Assert.Empty(properties);
    }

    private static void AssertProperties(GoldenFrame golden, BasicPropertiesView view)
    {
        var expected = golden.Description.GetProperty("properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        foreach (BasicProperty property in Enum.GetValues<BasicProperty>())
        {
            bool present = expected.Remove(PikaName(property.ToString()), out JsonElement value);
            Assert.Equal(present, view.Has(property));
            if (!present)
            {
                continue;
            }

            object actual = property switch
            {
                BasicProperty.Headers => FieldTable.FromRaw(view.Headers.ToArray()),
                BasicProperty.DeliveryMode => view.DeliveryMode,
                BasicProperty.Priority => view.Priority,
                BasicProperty.Timestamp => view.Timestamp,
                _ => ShortString.FromBytes(view.BytesOf(property)),
            };
            AssertSame(golden.Place, value, actual);
        }

        Assert.Empty(expected);
    }

    /// <summary>FailedClassId → class_id, NoWait → nowait, AutoDelete → auto_delete.</summary>
    private static string PikaName(string name)
    {
        string snake = string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{c}")).ToLowerInvariant();
        return snake switch
        {
            "failed_class_id" => "class_id",
            "failed_method_id" => "method_id",
            "no_wait" => "nowait",
            "global" => "global_qos",
            _ => snake,
        };
    }

    private static void AssertSame(string place, JsonElement expected, object actual)
    {
        string theirs = Theirs(expected);
        string ours = Ours(actual);
        Assert.True(theirs == ours, $"{place}: {theirs} is {ours} here");
    }

    /// <summary>What pika said, with its mark of byte strings taken away: both sides are compared as text.</summary>
    private static string Theirs(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(",", value.EnumerateObject().Where(p => !s_misread.Contains(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={Theirs(p.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(",", value.EnumerateArray().Select(Theirs))}]",
        JsonValueKind.String when value.GetString()!.StartsWith("bytes:", StringComparison.Ordinal) =>
            Quote(Convert.FromHexString(value.GetString()![6..])),
        JsonValueKind.String when value.GetString()!.StartsWith("decimal:", StringComparison.Ordinal) => value.GetString()![8..],
        JsonValueKind.String => Quote(Encoding.UTF8.GetBytes(value.GetString()!)),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Null => "null",
        _ => value.GetDouble() == Math.Truncate(value.GetDouble()) && !value.GetRawText().Contains('.', StringComparison.Ordinal)
            ? value.GetRawText()
            : value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Ours(object value) => value switch
    {
        bool b => b ? "1" : "0",
        ReplyCode code => ((ushort)code).ToString(CultureInfo.InvariantCulture),
        ShortString text => Quote(text.Bytes),
        ReadOnlyMemory<byte> bytes => Quote(bytes.Span),
        FieldTable table => $"{{{string.Join(",", table.Where(e => !s_misread.Contains(e.Name.ToString())).OrderBy(e => e.Name.ToString(), StringComparer.Ordinal).Select(e => $"{e.Name}={Ours(e.Value)}"))}}}",
        FieldValue { Type: FieldType.Table } field => Ours(field.AsTable()),
        FieldValue { Type: FieldType.Array } field => $"[{string.Join(",", field.AsArray().Select(e => Ours(e)))}]",
        FieldValue { Type: FieldType.Boolean } field => Ours(field.AsBoolean()),
        FieldValue { Type: FieldType.LongString or FieldType.Binary } field => Quote(field.AsBytes().Span),
        FieldValue { Type: FieldType.Void } => "null",
        FieldValue { Type: FieldType.Decimal } field => Decimal(field.AsDecimal()),
        FieldValue { Type: FieldType.Float or FieldType.Double } field => field.AsDouble().ToString("R", CultureInfo.InvariantCulture),
        FieldValue { Type: FieldType.Timestamp } field => $"{field.AsTimestamp()}",
        FieldValue field => $"{field.AsInt64()}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Decimal((byte Scale, uint Digits) value) =>
        new decimal((int)value.Digits, 0, 0, false, value.Scale).ToString(CultureInfo.InvariantCulture);

    private static string Quote(ReadOnlySpan<byte> bytes) => $"'{Convert.ToHexString(bytes)}'";
}
