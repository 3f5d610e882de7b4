using System.Text;

namespace AmqpBroker.JournalDump.Words;

/// <summary>The beginning of some bytes, for people.</summary>
internal static class Shown
{
    private const int Bytes = 32;

    /// <summary>As hexadecimal digits and as text.</summary>
    public static string HexAndText(ReadOnlySpan<byte> bytes) => $"{Convert.ToHexString(bytes[..Math.Min(bytes.Length, Bytes)])}  {Text(bytes)}";

    /// <summary>As text, with dots for what is none.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte single in bytes[..Math.Min(bytes.Length, Bytes)])
        {
            text.Append(single is >= 32 and < 127 ? (char)single : '.');
        }

        return text.ToString();
    }
}
