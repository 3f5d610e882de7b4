namespace AmqpBroker.Protocol;

/// <summary>A fault of the peer that closes the channel it happened on (a soft error of the specification). On channel 0 it closes the connection, as any error there does.</summary>
public sealed class ChannelException : ProtocolException
{
    /// <summary>A fault with its code, its explanation (without the code's name) and the failing method, if known.</summary>
    public ChannelException(ReplyCode code, string text, ushort classId = 0, ushort methodId = 0)
        : base(code, text, classId, methodId)
    {
    }
}
