using System.Reflection;

namespace AmqpBroker.Protocol.Tests;

/// <summary>Every method's generated code by its key, found by reflection, for tests that go through all methods.</summary>
public static class MethodDecoders
{
    /// <summary>Reads the arguments of a method.</summary>
    public delegate IMethod Decoder(ReadOnlySpan<byte> arguments, ShortStringCache? cache);

    /// <summary>Writes a method as a frame.</summary>
    public delegate byte[] Encoder(ushort channel, IMethod method);

    private static readonly Dictionary<uint, (Type Type, Decoder Decode, Encoder Encode)> s_byKey = FindAll();

    /// <summary>All keys.</summary>
    public static IReadOnlyCollection<uint> Keys => s_byKey.Keys;

    public static Type TypeOf(uint key) => s_byKey[key].Type;

    public static bool IsKnown(uint key) => s_byKey.ContainsKey(key);

    public static IMethod Decode(uint key, ReadOnlySpan<byte> arguments, ShortStringCache? cache = null) =>
        s_byKey[key].Decode(arguments, cache);

    public static byte[] Encode(uint key, ushort channel, IMethod method) => s_byKey[key].Encode(channel, method);

    private static Dictionary<uint, (Type, Decoder, Encoder)> FindAll()
    {
        MethodInfo register = typeof(MethodDecoders).GetMethod(nameof(Describe), BindingFlags.NonPublic | BindingFlags.Static)!;
        return typeof(IMethod).Assembly.GetTypes()
            .Where(t => t.IsValueType && t.IsAssignableTo(typeof(IMethod)))
            .Select(t => ((uint Key, Type, Decoder, Encoder))register.MakeGenericMethod(t).Invoke(null, null)!)
            .ToDictionary(m => m.Key, m => (m.Item2, m.Item3, m.Item4));
    }

    private static (uint Key, Type Type, Decoder Decode, Encoder Encode) Describe<T>()
        where T : struct, IMethod<T> => (MethodKey.Of<T>(), typeof(T), Read<T>, Write<T>);

    private static IMethod Read<T>(ReadOnlySpan<byte> arguments, ShortStringCache? cache)
        where T : struct, IMethod<T>
    {
        var reader = new AmqpReader(arguments, cache);
        return T.Read(ref reader);
    }

    private static byte[] Write<T>(ushort channel, IMethod method)
        where T : struct, IMethod<T>
    {
        var typed = (T)method;
        byte[] frame = new byte[FrameWriter.MethodSize(typed)];
        Assert.Equal(frame.Length, FrameWriter.WriteMethod(frame, channel, typed));
        return frame;
    }
}
