namespace AmqpBroker.Protocol;

/// <content>From and to class and method ids.</content>
public static partial class MethodKey
{
    /// <summary>The key of a method by its ids.</summary>
    public static uint Of(ushort classId, ushort methodId) => ((uint)classId << 16) | methodId;

    /// <summary>The key of a method by its type.</summary>
    public static uint Of<T>()
        where T : struct, IMethod<T> => Of(T.ClassId, T.MethodId);

    /// <summary>The class id in a key.</summary>
    public static ushort ClassIdOf(uint key) => (ushort)(key >> 16);

    /// <summary>The method id in a key.</summary>
    public static ushort MethodIdOf(uint key) => (ushort)key;
}
