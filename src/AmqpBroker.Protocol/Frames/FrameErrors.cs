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

    /// <summary>501: arguments that are not the method's. The method's ids are filled in by whoever handles it.</summary>
    internal static ConnectionException CannotDecode(ReadOnlySpan<byte> arguments) => new(
        ReplyCode.FrameError,
        $"cannot decode {ErlangText.Plain(arguments[..Math.Min(arguments.Length, ShortString.MaxLength)])}");

    private static string Describe(byte type, ReadOnlySpan<byte> payload) => payload.Length <= SnippetOctets
        ? $"type {type}, all octets = {ErlangText.Pretty(payload)}"
        : $"type {type}, first 16 octets = {ErlangText.Pretty(payload[..SnippetOctets])}";
}
