using System.Buffers.Binary;
using AmqpBroker.Protocol;
using AmqpBroker.Protocol.Tests;

namespace AmqpBroker.Fuzz;

/// <summary>All decoders of the protocol, and what must hold of whatever they accept.</summary>
internal static class Targets
{
    private const uint MaxFrameSize = 131072;

    private static readonly byte[][] s_frames =
        [.. GoldenFrames.Clients.SelectMany(GoldenFrames.Read).Where(f => f.Name != "ProtocolHeader").Select(f => f.Bytes)];

    private static readonly byte[][] s_methods = [.. s_frames.Where(f => f[0] == FrameType.Method).Select(f => f[7..^1])];

    private static readonly byte[][] s_headers = [.. s_frames.Where(f => f[0] == FrameType.Header)];

    private static readonly byte[][] s_properties = [.. s_headers.Select(f => f[19..^1])];

    private static readonly byte[][] s_tables =
    [
        .. s_properties.Select(p => BasicProperties.Scan(p).Headers.ToArray()).Where(t => t.Length > 0),
        DeepTable(FieldTable.MaxDepth),
    ];

    private static readonly ShortStringCache s_cache = new();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("frames", s_frames, ReadFrames),
        new("methods", [.. s_methods, .. MethodDecoders.Keys.Select(k => EmptyMethod(k))], ReadMethod),
        new("content header", s_headers, ReadContentHeader),
        new("properties", s_properties, ReadProperties),
        new("tables", s_tables, ReadTable),
    ];

    private static void ReadFrames(byte[] input)
    {
        ReadOnlySpan<byte> rest = input;
        while (FrameReader.TryRead(rest, MaxFrameSize, out Frame frame, out int consumed))
        {
            Require(consumed == frame.Payload.Length + Frame.Overhead, "a frame's size");
            if (frame.Type == FrameType.Method)
            {
                uint key = frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
                if (MethodDecoders.IsKnown(key))
                {
                    MethodDecoders.Decode(key, arguments, s_cache);
                }
            }
            else if (frame.Type == FrameType.Header)
            {
                BasicProperties.Scan(ContentHeader.Read(frame).Properties);
            }

            rest = rest[consumed..];
        }

        Require(rest.Length < MaxFrameSize + Frame.Overhead, "an incomplete frame is never larger than the largest");
    }

    /// <summary>What was read and written again reads as the same bytes.</summary>
    private static void ReadMethod(byte[] input)
    {
        if (input.Length < 4 || !MethodDecoders.IsKnown(BinaryPrimitives.ReadUInt32BigEndian(input)))
        {
            return;
        }

        uint key = BinaryPrimitives.ReadUInt32BigEndian(input);
        IMethod method = MethodDecoders.Decode(key, input.AsSpan(4), s_cache);
        byte[] wire = MethodDecoders.Encode(key, 1, method);
        IMethod again = MethodDecoders.Decode(key, wire.AsSpan(11, wire.Length - 12));
        Require(MethodDecoders.Encode(key, 1, again).AsSpan().SequenceEqual(wire), "a method written again");
    }

    private static void ReadContentHeader(byte[] input)
    {
        if (FrameReader.TryRead(input, MaxFrameSize, out Frame frame, out _) && frame.Type == FrameType.Header)
        {
            ReadProperties(ContentHeader.Read(frame).Properties.ToArray());
        }
    }

    private static void ReadProperties(byte[] input)
    {
        BasicPropertiesView view = BasicProperties.Scan(input);
        foreach (BasicProperty property in Enum.GetValues<BasicProperty>())
        {
            Require(view.Has(property) || view.BytesOf(property).IsEmpty, "an absent property is empty");
        }

        ReadTable(view.Headers.ToArray());
        Require(new BasicPropertiesEditor(input).Build().AsSpan().SequenceEqual(input), "properties built again");
        byte[] edited = new BasicPropertiesEditor(input)
            .SetReplyTo(ShortString.FromString("r")).Remove(BasicProperty.Expiration).Build();
        Require(BasicProperties.Scan(edited).ReplyTo.SequenceEqual("r"u8), "an edited property");
    }

    private static void ReadTable(byte[] input)
    {
        FieldTable table = FieldTable.FromRaw(input);
        var builder = new FieldTableBuilder();
        foreach ((ShortString name, FieldValue value) in table)
        {
            Require(table.TryGetValue(name, out _), "an entry found by its name");
            builder.Append(name, Touch(value));
        }

        FieldTable again = builder.Build();
        Require(again.RawBytes.Span.SequenceEqual(input), "a table built again");
        Require(again.Equals(table) && again.GetHashCode() == table.GetHashCode(), "equality of equal tables");
        _ = table.ToString();
    }

    /// <summary>Reads the value by its type and makes it anew from that.</summary>
    private static FieldValue Touch(FieldValue value)
    {
        _ = value.RabbitTypeName;
        _ = value.TryGetInt64(out _) || value.TryGetDouble(out _) || value.TryGetString(out _);
        return value.Type switch
        {
            FieldType.Table => TouchTable(value.AsTable()),
            FieldType.Array => FieldValue.FromArray([.. value.AsArray().Select(Touch)]),
            FieldType.Long => FieldValue.FromInt64(value.AsInt64()),
            FieldType.SignedInt => FieldValue.FromInt32((int)value.AsInt64()),
            FieldType.Timestamp => FieldValue.FromTimestamp(value.AsTimestamp()),
            _ => value,
        };
    }

    private static FieldValue TouchTable(FieldTable table)
    {
        var builder = new FieldTableBuilder();
        foreach ((ShortString name, FieldValue value) in table)
        {
            builder.Append(name, Touch(value));
        }

        return FieldValue.FromTable(builder.Build());
    }

    /// <summary>Tables in arrays in tables, down to the given depth or one less.</summary>
    private static byte[] DeepTable(int depth)
    {
        FieldTable table = FieldTable.Empty;
        for (int used = 1; used + 2 <= depth; used += 2)
        {
            table = new FieldTableBuilder().Append("d", FieldValue.FromArray(FieldValue.FromTable(table))).Build();
        }

        return table.RawBytes.ToArray();
    }

    private static byte[] EmptyMethod(uint key)
    {
        byte[] bytes = new byte[4 + 16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, key);
        return bytes;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"does not hold: {what}");
        }
    }
}
