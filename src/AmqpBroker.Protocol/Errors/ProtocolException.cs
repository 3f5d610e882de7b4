namespace AmqpBroker.Protocol;

/// <summary>
/// A fault of the peer that is answered with a close: either a <see cref="ChannelException"/> or a
/// <see cref="ConnectionException"/>. Each of the two is caught in exactly one place.
/// </summary>
public abstract class ProtocolException : Exception
{
    private protected ProtocolException(ReplyCode code, string text, ushort classId, ushort methodId)
        : base(text)
    {
        Code = code;
        ClassId = classId;
        MethodId = methodId;
    }

    /// <summary>The reply code of the close.</summary>
    public ReplyCode Code { get; }

    /// <summary>The class of the failing method; 0 when there is none or it is filled in by whoever handles the method.</summary>
    public ushort ClassId { get; }

    /// <summary>The failing method; 0 when there is none or it is filled in by whoever handles the method.</summary>
    public ushort MethodId { get; }

    /// <summary>The explanation, without the code's name.</summary>
    public string Text => Message;

    /// <summary>The reply text as sent: <c>NAME - explanation</c> in at most 255 bytes.</summary>
    public ShortString RenderReplyText() => ReplyText.Render(Code, Text);
}
