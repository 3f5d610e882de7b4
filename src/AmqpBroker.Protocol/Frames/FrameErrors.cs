using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>Connection errors about whole frames, in RabbitMQ's words.</summary>
public static class FrameErrors
{
    private const int SnippetOctets = 16;

    /// <summary>501: a frame whose type, or whose payload's shape, is not known.</summary>
    public static ConnectionException UnknownFrame(in Frame frame) =>
        new(ReplyCode.FrameError, $"{Describe(frame.Type, frame.Payload)}: unknown_frame");

    /// <summary>505: a frame of a known type that has no place here, such as a heartbeat on a channel.</summary>
    public static ConnectionException UnexpectedFrame(in Frame frame) =>
        new(ReplyCode.UnexpectedFrame, Describe(frame.Type, frame.Payload));

    /// <summary>501: a payload larger than negotiated. RabbitMQ says it before it has seen the payload.</summary>
    internal static ConnectionException TooLarge(byte type, uint size, uint maxFrameSize) => new(
        ReplyCode.FrameError,
        $"{Describe(type, [])}: {{frame_too_large,{size},{(long)maxFrameSize - Frame.Overhead}}}");

    /// <summary>501: a frame that does not end with the frame-end octet.</summary>
    internal static ConnectionException InvalidEndMarker(byte type, ReadOnlySpan<byte> payload, byte marker) =>
        new(ReplyCode.FrameError, $"{Describe(type, payload)}: {{invalid_frame_end_marker,{marker}}}");

    private static string Describe(byte type, ReadOnlySpan<byte> payload) => payload.Length <= SnippetOctets
        ? $"type {type}, all octets = {ErlangBinary(payload)}"
        : $"type {type}, first 16 octets = {ErlangBinary(payload[..SnippetOctets])}";

    /// <summary>A binary as Erlang prints it: as a string if every octet is printable, else as numbers.</summary>
    private static string ErlangBinary(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("<<");
        if (bytes.IsEmpty || bytes.ContainsAnyExcept(s_printable))
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                text.Append(i == 0 ? "" : ",").Append(bytes[i]);
            }
        }
        else
        {
            text.Append('"');
            foreach (byte b in bytes)
            {
                text.Append(Escape(b));
            }

            text.Append('"');
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

    /// <summary>ISO 8859-1's printable octets and those that have an escape.</summary>
    private static readonly System.Buffers.SearchValues<byte> s_printable = System.Buffers.SearchValues.Create(
    [
        .. "\b\t\n\v\f\r\u001B"u8,
        .. Enumerable.Range(0x20, 0x7F - 0x20).Select(b => (byte)b),
        .. Enumerable.Range(0xA0, 0x100 - 0xA0).Select(b => (byte)b),
    ]);
}
