using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>Says faults to the client: the two close methods, with the method that caused them.</summary>
internal static class Faults
{
    internal static ConnectionClose ConnectionClose(ConnectionException fault, uint methodKey)
    {
        (ushort classId, ushort methodId) = Cause(fault, methodKey);
        return new ConnectionClose(fault.Code, fault.RenderReplyText(), classId, methodId);
    }

    internal static ChannelClose ChannelClose(ChannelException fault, uint methodKey)
    {
        (ushort classId, ushort methodId) = Cause(fault, methodKey);
        return new ChannelClose(fault.Code, fault.RenderReplyText(), classId, methodId);
    }

    private static (ushort ClassId, ushort MethodId) Cause(ProtocolException fault, uint methodKey) =>
        fault.ClassId != 0 ? (fault.ClassId, fault.MethodId) : ((ushort)(methodKey >> 16), (ushort)methodKey);
}
