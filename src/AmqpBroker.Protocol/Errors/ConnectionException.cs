namespace AmqpBroker.Protocol;

/// <summary>A fault of the peer that closes the connection (a hard error of the specification). Nothing of the connection survives it; other connections do not notice.</summary>
public sealed class ConnectionException : ProtocolException
{
    /// <summary>A fault with its code, its explanation (without the code's name) and the failing method, if known.</summary>
    public ConnectionException(ReplyCode code, string text, ushort classId = 0, ushort methodId = 0)
        : base(code, text, classId, methodId)
    {
    }
}
