using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>A frame that the server sent.</summary>
internal sealed record ReceivedFrame(byte Type, ushort Channel, byte[] Payload)
{
    public uint MethodKey => new Frame(Type, Channel, Payload).ReadMethodKey(out _);

    public string Name => Type switch
    {
        FrameType.Method => MethodCatalog.NameOf(MethodKey) ?? "?",
        FrameType.Header => "header",
        FrameType.Body => "body",
        FrameType.Heartbeat => "heartbeat",
        _ => "?",
    };

    public T As<T>()
        where T : struct, IMethod<T>
    {
        Assert.Equal(MethodCatalog.NameOf(Protocol.MethodKey.Of<T>()), Name);
        var reader = new AmqpReader(Payload.AsSpan(4));
        return T.Read(ref reader);
    }
}
