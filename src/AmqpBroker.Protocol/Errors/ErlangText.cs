using System.Buffers;
using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>Writes binaries as Erlang does, because RabbitMQ's reply texts quote what it received in that form.</summary>
internal static class ErlangText
{
    /// <summary>ISO 8859-1's printable octets and those that have an escape.</summary>
    private static readonly SearchValues<byte> s_printable = SearchValues.Create(
    [
        .. "\b\t\n\v\f\r\u001B"u8,
        .. Enumerable.Range(0x20, 0x7F - 0x20).Select(b => (byte)b),
        .. Enumerable.Range(0xA0, 0x100 - 0xA0).Select(b => (byte)b),
    ]);

    /// <summary>As <c>~p</c> does: as a string if every octet is printable, else as numbers; never broken into lines.</summary>
    public static string Pretty(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.ContainsAnyExcept(s_printable))
        {
            return Plain(bytes);
        }

        var text = new StringBuilder("<<\"");
        foreach (byte b in bytes)
        {
            text.Append(Escape(b));
        }

        return text.Append("\">>").ToString();
    }

    /// <summary>As <c>~w</c> does: as numbers.</summary>
    public static string Plain(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("<<");
        for (int i = 0; i < bytes.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(bytes[i]);
        }

        return text.Append(">>").ToString();
    }

    private static string Escape(byte b) => b switch
    {
        (byte)'"' => "\\\"",
        (byte)'\\' => "\\\\",
        (byte)'\b' => "\\b",
        (byte)'\t' => "\\t",
        (byte)'\n' => "\\n",
        (byte)'\v' => "\\v",
        (byte)'\f' => "\\f",
        (byte)'\r' => "\\r",
        0x1B => "\\e",
        _ => ((char)b).ToString(),
    };
}
