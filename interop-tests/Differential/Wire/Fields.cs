using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <summary>A field value of which a scenario gives type letter and payload itself, to have every type and malformed ones.</summary>
internal sealed record RawField(char Type, byte[] Payload);

/// <summary>Field tables from what scenarios write down, and back to text in which every type can be told from the others.</summary>
internal static class Fields
{
    /// <summary>Longer texts and binaries are printed as length and hash.</summary>
    private const int PrintedBytes = 400;

    /// <summary>The table of entries whose C# types say their AMQP types: int I, long l, short s, byte B, string S, null V, ….</summary>
    public static FieldTable Table(params (string Name, object? Value)[] entries) =>
        FieldTable.FromValidated(EncodeTable(entries));

    /// <summary>A 16-bit, 32-bit or 64-bit integer of another type letter than C# types say.</summary>
    public static RawField Number(char type, long value)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(payload, value);
        int size = type switch
        {
            'b' or 'B' or 't' => 1,
            's' or 'u' => 2,
            'i' or 'I' => 4,
            _ => 8,
        };
        return new RawField(type, payload[(8 - size)..]);
    }

    /// <summary>A decimal.</summary>
    public static RawField Decimal(byte scale, uint digits)
    {
        byte[] payload = new byte[5];
        payload[0] = scale;
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(1), digits);
        return new RawField('D', payload);
    }

    /// <summary>A table as text: names, type letters and values in their order.</summary>
    public static string Print(ReadOnlySpan<byte> table) => Print(table, hidden: new HashSet<string>());

    /// <summary>A table as text, without the entries of some names.</summary>
    public static string Print(ReadOnlySpan<byte> table, IReadOnlySet<string> hidden)
    {
        StringBuilder text = new("{");
        FieldTableScanner scanner = new(table);
        while (scanner.MoveNext())
        {
            string name = Encoding.UTF8.GetString(scanner.Name);
            if (hidden.Contains(name))
            {
                continue;
            }

            text.Append(text.Length > 1 ? ", " : "").Append(name).Append('=');
            text.Append(Print(name, scanner.Type, scanner.Payload));
        }

        return text.Append('}').ToString();
    }

    /// <summary>Bytes as text, with what cannot be printed escaped.</summary>
    public static string Print(ReadOnlySpan<byte> bytes, bool quoted)
    {
        if (bytes.Length > PrintedBytes)
        {
            return $"<{bytes.Length} bytes, hash {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))[..12]}>";
        }

        StringBuilder text = new();
        foreach (Rune rune in Encoding.UTF8.GetString(bytes).EnumerateRunes())
        {
            text.Append(Rune.IsControl(rune) || rune.Value == 0xFFFD ? $"\\u{rune.Value:x4}" : rune.ToString());
        }

        return quoted ? $"\"{text}\"" : text.ToString();
    }

    private static string Print(string name, FieldType type, ReadOnlySpan<byte> payload) => type switch
    {
        FieldType.Table => "F" + Print(payload),
        FieldType.Array => "A" + PrintArray(payload),
        FieldType.LongString => "S" + Print(payload, quoted: true),
        FieldType.Timestamp when name == "time" && IsNow(payload) => "T(now)",
        FieldType.Void => "V",
        _ => (char)type + Convert.ToHexString(payload),
    };

    private static string PrintArray(ReadOnlySpan<byte> array)
    {
        StringBuilder text = new("[");
        FieldArrayScanner scanner = new(array);
        while (scanner.MoveNext())
        {
            text.Append(text.Length > 1 ? ", " : "").Append(Print("", scanner.Type, scanner.Payload));
        }

        return text.Append(']').ToString();
    }

    /// <summary>The time of a death differs between two brokers by as much as the runs do.</summary>
    private static bool IsNow(ReadOnlySpan<byte> seconds) =>
        Math.Abs(BinaryPrimitives.ReadInt64BigEndian(seconds) - DateTimeOffset.UtcNow.ToUnixTimeSeconds()) < 600;

    private static byte[] EncodeTable((string Name, object? Value)[] entries)
    {
        MemoryStream stream = new();
        foreach ((string name, object? value) in entries)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            stream.WriteByte((byte)bytes.Length);
            stream.Write(bytes);
            WriteValue(stream, value);
        }

        return stream.ToArray();
    }

    private static void WriteValue(MemoryStream stream, object? value)
    {
        (char type, byte[] payload, bool counted) = value switch
        {
            null => ('V', [], false),
            bool b => ('t', [b ? (byte)1 : (byte)0], false),
            sbyte b => ('b', [(byte)b], false),
            byte b => ('B', [b], false),
            short n => ('s', Number('s', n).Payload, false),
            ushort n => ('u', Number('u', n).Payload, false),
            int n => ('I', Number('I', n).Payload, false),
            uint n => ('i', Number('i', n).Payload, false),
            long n => ('l', Number('l', n).Payload, false),
            float n => ('f', Number('I', BitConverter.SingleToInt32Bits(n)).Payload, false),
            double n => ('d', Number('l', BitConverter.DoubleToInt64Bits(n)).Payload, false),
            DateTimeOffset t => ('T', Number('T', t.ToUnixTimeSeconds()).Payload, false),
            string s => ('S', Encoding.UTF8.GetBytes(s), true),
            byte[] bytes => ('x', bytes, true),
            (string, object?)[] table => ('F', EncodeTable(table), true),
            object?[] array => ('A', EncodeArray(array), true),
            RawField raw => (raw.Type, raw.Payload, false),
            _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"No field type for {value.GetType()}.")),
        };
        stream.WriteByte((byte)type);
        if (counted)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
            stream.Write(length);
        }

        stream.Write(payload);
    }

    private static byte[] EncodeArray(object?[] elements)
    {
        MemoryStream stream = new();
        foreach (object? element in elements)
        {
            WriteValue(stream, element);
        }

        return stream.ToArray();
    }
}
