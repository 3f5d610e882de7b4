using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <summary>Recognizes what people point at an AMQP port by mistake, so that the log can say what to do.</summary>
internal static class ForeignProtocol
{
    private const int ShownBytes = 16;

    /// <summary>Whether these first octets may go on to an AMQP header; if not, there is no need to wait for more.</summary>
    public static bool MayBecomeAmqp(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> name = "AMQP"u8;
        int known = Math.Min(start.Length, name.Length);
        return start[..known].SequenceEqual(name[..known]);
    }

    /// <summary>What the client seems to speak.</summary>
    public static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\u0016\u0003"u8))
        {
            return "a TLS handshake on a port without TLS (use amqp:// instead of amqps://, or a TLS listener)";
        }

        if (start.StartsWith("GET "u8) || start.StartsWith("POST"u8) || start.StartsWith("PUT "u8) || start.StartsWith("HEAD"u8))
        {
            return "an HTTP request on the AMQP port (the management interface has a port of its own)";
        }

        if (start.StartsWith("AMQP"u8) && start.Length >= ProtocolHeader.Size)
        {
            return $"AMQP {start[4]} {start[5]} {start[6]} {start[7]}, but only AMQP 0-9-1 is spoken here";
        }

        return $"octets {Convert.ToHexString(start[..Math.Min(start.Length, ShownBytes)])}";
    }
}
