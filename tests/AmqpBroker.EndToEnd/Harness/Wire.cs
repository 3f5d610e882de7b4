using System.Buffers.Binary;
using System.Text;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>Frames written byte by byte, right ones and wrong ones; it shares nothing with the broker's own codec.</summary>
internal static class Wire
{
    public const byte MethodFrame = 1;
    public const byte HeaderFrame = 2;
    public const byte BodyFrame = 3;

    public static readonly byte[] ProtocolHeader = [.. "AMQP"u8, 0, 0, 9, 1];

    public static byte[] StartOk(string mechanism = "PLAIN", string response = "\0guest\0guest") =>
        Method(0, 10, 11, Table(), Short(mechanism), Long(Encoding.UTF8.GetBytes(response)), Short("en_US"));

    public static byte[] TuneOk(ushort channelMax = 2047, uint frameMax = 131072, ushort heartbeat = 0) =>
        Method(0, 10, 31, U16(channelMax), U32(frameMax), U16(heartbeat));

    public static byte[] ConnectionOpen(string virtualHost = "/") => Method(0, 10, 40, Short(virtualHost), Short(""), [0]);

    public static byte[] ConnectionCloseOk() => Method(0, 10, 51);

    public static byte[] ChannelOpen(ushort channel) => Method(channel, 20, 10, Short(""));

    public static byte[] QueueDeclare(ushort channel, string queue, byte[]? arguments = null) =>
        Method(channel, 50, 10, U16(0), Short(queue), [0], arguments ?? Table());

    public static byte[] Consume(ushort channel, string queue, bool autoAck) =>
        Method(channel, 60, 20, U16(0), Short(queue), Short("consumer"), [(byte)(autoAck ? 2 : 0)], Table());

    public static byte[] Publish(ushort channel, string queue) => Method(channel, 60, 40, U16(0), Short(""), Short(queue), [0]);

    public static byte[] Header(ushort channel, ulong bodySize, ushort classId = 60) =>
        Frame(HeaderFrame, channel, [.. U16(classId), 0, 0, .. U64(bodySize), 0, 0]);

    public static byte[] Body(ushort channel, int length) => Frame(BodyFrame, channel, new byte[length]);

    public static byte[] Method(ushort channel, ushort classId, ushort methodId, params byte[][] arguments) =>
        Frame(MethodFrame, channel, [.. U16(classId), .. U16(methodId), .. arguments.SelectMany(a => a)]);

    public static byte[] Frame(byte type, ushort channel, byte[] payload, byte end = 0xCE) =>
        [type, .. U16(channel), .. U32((uint)payload.Length), .. payload, end];

    /// <summary>A table of these fields, each already encoded by <see cref="Field"/>.</summary>
    public static byte[] Table(params byte[][] fields) => Long([.. fields.SelectMany(f => f)]);

    public static byte[] Field(string name, char type, byte[] value) => [.. Short(name), (byte)type, .. value];

    public static byte[] Short(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Long(byte[] bytes) => [.. U32((uint)bytes.Length), .. bytes];

    public static byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
