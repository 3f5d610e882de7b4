namespace AmqpBroker.Protocol;

/// <summary>A method of AMQP 0-9-1 with its arguments.</summary>
public interface IMethod
{
    /// <summary>The bytes of the arguments.</summary>
    int Size { get; }

    /// <summary>Writes the arguments: exactly <see cref="Size"/> bytes.</summary>
    void Write(ref AmqpWriter writer);
}

/// <summary>What the generated code needs to know of each method's type, without an instance.</summary>
/// <typeparam name="TSelf">The method itself.</typeparam>
public interface IMethod<TSelf> : IMethod
    where TSelf : struct, IMethod<TSelf>
{
    /// <summary>The id of the class.</summary>
    static abstract ushort ClassId { get; }

    /// <summary>The id of the method within its class.</summary>
    static abstract ushort MethodId { get; }

    /// <summary>Reads the arguments, which take all of the reader's buffer. Nothing read refers to the buffer afterwards.</summary>
    /// <exception cref="ConnectionException">501: the arguments end too early or too late; 502: a field table is malformed.</exception>
    static abstract TSelf Read(ref AmqpReader reader);
}
