using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Tests.Arguments;

/// <summary>
/// Field tables written as text, so that they fit into a row of a theory: <c>a=I:1 b=S:text c=V d=A[I:1,S:x] e=F[n=t:1]</c>.
/// The letters are those of the wire. Texts have no spaces, commas or brackets; <c>\xx</c> is a byte in hexadecimal.
/// </summary>
internal static class Fields
{
    public static FieldTable Table(string text) => FieldTable.FromRaw(Raw(text));

    public static byte[] Raw(string text) => Entries(text, ' ');

    private static byte[] Entries(string text, char separator)
    {
        var bytes = new List<byte>();
        foreach (string entry in Split(text, separator))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            byte[] name = Encoding.UTF8.GetBytes(entry[..equals]);
            bytes.Add((byte)name.Length);
            bytes.AddRange(name);
            bytes.AddRange(Value(entry[(equals + 1)..]));
        }

        return [.. bytes];
    }

    private static byte[] Value(string text)
    {
        char type = text[0];
        string rest = text.Length > 1 && text[1] == ':' ? text[2..] : text[1..];
        byte[] payload = type switch
        {
            'V' => [],
            't' or 'B' => [byte.Parse(rest, CultureInfo.InvariantCulture)],
            'b' => [(byte)sbyte.Parse(rest, CultureInfo.InvariantCulture)],
            's' or 'u' => Integer(rest, 2),
            'I' or 'i' => Integer(rest, 4),
            'l' or 'L' or 'T' => Integer(rest, 8),
            'f' => Reversed(BitConverter.GetBytes(float.Parse(rest, CultureInfo.InvariantCulture))),
            'd' => Reversed(BitConverter.GetBytes(double.Parse(rest, CultureInfo.InvariantCulture))),
            'D' => [byte.Parse(rest.Split('/')[0], CultureInfo.InvariantCulture), .. Integer(rest.Split('/')[1], 4)],
            'S' or 'x' => WithLength(Text(rest)),
            'A' => WithLength([.. Split(rest[1..^1], ',').SelectMany(Value)]),
            'F' => WithLength(Entries(rest[1..^1], ',')),
            _ => throw new ArgumentException($"No such type: {text}", nameof(text)),
        };
        return [(byte)type, .. payload];
    }

    private static byte[] Integer(string text, int size)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, Int128.Parse(text, CultureInfo.InvariantCulture));
        return bytes[^size..];
    }

    private static byte[] Reversed(byte[] littleEndian)
    {
        Array.Reverse(littleEndian);
        return littleEndian;
    }

    private static byte[] WithLength(byte[] payload)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
        return [.. length, .. payload];
    }

    private static byte[] Text(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
            }
        }

        return [.. bytes];
    }

    /// <summary>Splits outside of brackets.</summary>
    private static IEnumerable<string> Split(string text, char separator)
    {
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == separator && depth == 0))
            {
                if (i > start)
                {
                    yield return text[start..i];
                }

                start = i + 1;
            }
            else if (text[i] is '[' or ']')
            {
                depth += text[i] == '[' ? 1 : -1;
            }
        }
    }
}
