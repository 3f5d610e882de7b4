namespace AmqpBroker.Protocol;

/// <summary>The first octet of a frame.</summary>
public static class FrameType
{
    /// <summary>A method and its arguments.</summary>
    public const byte Method = AmqpConstants.FrameMethod;

    /// <summary>A content header.</summary>
    public const byte Header = AmqpConstants.FrameHeader;

    /// <summary>A part of a content body.</summary>
    public const byte Body = AmqpConstants.FrameBody;

    /// <summary>Nothing; only says that the peer is alive.</summary>
    public const byte Heartbeat = AmqpConstants.FrameHeartbeat;

    /// <summary>Whether there are frames of this type.</summary>
    public static bool IsKnown(byte type) => type is Method or Header or Body or Heartbeat;
}
