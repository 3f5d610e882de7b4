using System.Globalization;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// Field values as RabbitMQ's error texts print them, which is how Erlang prints the terms they decode to: texts are
/// <c>&lt;&lt;"a"&gt;&gt;</c>, arrays <c>[{signedint,1}]</c>, tables <c>[{&lt;&lt;"name"&gt;&gt;,signedint,1}]</c>.
/// </summary>
internal static class ErlangTerm
{
    /// <summary>The value as a term.</summary>
    public static string Format(FieldValue value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>Bytes as a term: <c>&lt;&lt;"a"&gt;&gt;</c>, or numbers if one of them cannot be printed.</summary>
    public static string FormatBinary(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        AppendBinary(text, bytes);
        return text.ToString();
    }

    /// <summary>Bytes as a term that is a list of characters: <c>"a"</c>, or <c>[1,2]</c> if one of them cannot be printed.</summary>
    public static string FormatCharacters(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "[]";
        }

        var text = new StringBuilder();
        if (IsPrintable(bytes))
        {
            AppendQuoted(text, bytes);
        }
        else
        {
            text.Append('[').AppendJoin(',', bytes.ToArray()).Append(']');
        }

        return text.ToString();
    }

    /// <summary>A floating-point number: the shortest digits that mean it, always with a point.</summary>
    public static string FormatDouble(double number)
    {
        string[] parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        string allDigits = parts[0].Replace(".", string.Empty, StringComparison.Ordinal);
        string digits = allDigits.TrimStart('0');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal);
        int pointAt = (point < 0 ? parts[0].Length : point) - (allDigits.Length - digits.Length) + exponent;
        string sign = double.IsNegative(number) ? "-" : string.Empty;
        return digits.Length == 0
            ? sign + "0.0"
            : sign + Place(digits.TrimEnd('0'), pointAt, Math.Abs(number) >= (1L << 53));
    }

    /// <summary>The digits with the point after the first <paramref name="pointAt"/> of them, in whichever form is shorter.</summary>
    private static string Place(string digits, int pointAt, bool tooLargeForPlain)
    {
        if (pointAt > 0 && pointAt < digits.Length && !tooLargeForPlain)
        {
            return $"{digits[..pointAt]}.{digits[pointAt..]}";
        }

        string exponent = (pointAt - 1).ToString(CultureInfo.InvariantCulture);
        string fraction = digits.Length == 1 ? "0" : digits[1..];
        string scientific = $"{digits[0]}.{fraction}e{exponent}";
        string plain = pointAt <= 0
            ? $"0.{new string('0', -pointAt)}{digits}"
            : $"{digits}{new string('0', Math.Max(0, pointAt - digits.Length))}.0";
        return tooLargeForPlain || plain.Length > scientific.Length ? scientific : plain;
    }

    private static void Append(StringBuilder text, FieldValue value)
    {
        switch (value.Type)
        {
            case FieldType.Void:
                text.Append("undefined");
                break;
            case FieldType.Boolean:
                text.Append(value.AsBoolean() ? "true" : "false");
                break;
            case FieldType.Float or FieldType.Double:
                text.Append(FormatDouble(value.AsDouble()));
                break;
            case FieldType.Decimal:
                (byte scale, uint digits) = value.AsDecimal();
                text.Append(CultureInfo.InvariantCulture, $"{{{scale},{digits}}}");
                break;
            case FieldType.LongString or FieldType.Binary:
                AppendBinary(text, value.Payload.Span);
                break;
            case FieldType.Timestamp:
                text.Append(value.AsTimestamp());
                break;
            case FieldType.Array:
                AppendArray(text, value);
                break;
            case FieldType.Table:
                AppendTable(text, value);
                break;
            default:
                text.Append(value.AsInt64());
                break;
        }
    }

    private static void AppendArray(StringBuilder text, FieldValue array)
    {
        string separator = "[";
        foreach (FieldValue element in array.AsArray())
        {
            text.Append(separator).Append('{').Append(element.RabbitTypeName).Append(',');
            Append(text, element);
            text.Append('}');
            separator = ",";
        }

        text.Append(separator == "[" ? "[]" : "]");
    }

    private static void AppendTable(StringBuilder text, FieldValue table)
    {
        string separator = "[";
        foreach ((ShortString name, FieldValue value) in table.AsTable())
        {
            text.Append(separator).Append('{');
            AppendBinary(text, name.Bytes);
            text.Append(',').Append(value.RabbitTypeName).Append(',');
            Append(text, value);
            text.Append('}');
            separator = ",";
        }

        text.Append(separator == "[" ? "[]" : "]");
    }

    private static void AppendBinary(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        text.Append("<<");
        if (IsPrintable(bytes))
        {
            if (!bytes.IsEmpty)
            {
                AppendQuoted(text, bytes);
            }
        }
        else
        {
            text.AppendJoin(',', bytes.ToArray());
        }

        text.Append(">>");
    }

    private static void AppendQuoted(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        text.Append('"');
        foreach (char c in Encoding.UTF8.GetString(bytes))
        {
            string? escape = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                '\b' => "\\b",
                '\f' => "\\f",
                '\e' => "\\e",
                _ => null,
            };
            if (escape is null)
            {
                text.Append(c);
            }
            else
            {
                text.Append(escape);
            }
        }

        text.Append('"');
    }

    /// <summary>Whether Erlang prints the bytes as text: all are printable in Latin-1.</summary>
    private static bool IsPrintable(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (b is not ((>= 0x20 and <= 0x7E) or >= 0xA0 or (>= 0x08 and <= 0x0D) or 0x1B))
            {
                return false;
            }
        }

        return true;
    }
}
