using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>What a command asks of the core. The hot ones have a kind of their own; the rest carry their method.</summary>
internal enum CommandKind : byte
{
    Publish,
    Ack,
    Nack,
    Reject,
    Method,
    OpenChannel,
    CloseChannel,
    CloseSession,
    ChannelFault,
    ConnectionFault,
    RenewUser,
}

/// <summary>How a session ends.</summary>
public enum SessionEnd
{
    /// <summary>The client sent connection.close: connection.close-ok follows the clean-up.</summary>
    ClosedByClient,

    /// <summary>The socket is gone: clean-up only.</summary>
    PeerGone,
}

/// <summary>One thing a client asked for, parsed and owning what it refers to. Made outside the lane, run inside.</summary>
internal readonly struct Command
{
    private Command(CommandKind kind, ChannelSession? channel, object? argument, ulong tag, bool first, bool second)
    {
        Kind = kind;
        Channel = channel;
        Argument = argument;
        Tag = tag;
        First = first;
        Second = second;
    }

    internal CommandKind Kind { get; }

    internal ChannelSession? Channel { get; }

    internal object? Argument { get; }

    internal ulong Tag { get; }

    /// <summary>mandatory (publish), multiple (ack, nack), requeue (reject).</summary>
    internal bool First { get; }

    /// <summary>immediate (publish), requeue (nack).</summary>
    internal bool Second { get; }

    /// <summary>The method that a fault of this command is blamed on.</summary>
    internal uint MethodKey => Kind switch
    {
        CommandKind.Publish => Protocol.MethodKey.BasicPublish,
        CommandKind.Ack => Protocol.MethodKey.BasicAck,
        CommandKind.Nack => Protocol.MethodKey.BasicNack,
        CommandKind.Reject => Protocol.MethodKey.BasicReject,
        CommandKind.Method => (uint)Tag,
        _ => 0,
    };

    /// <summary>Lets go of what the command brought, when nobody is left to run it for.</summary>
    internal void Discard()
    {
        if (Kind == CommandKind.Publish)
        {
            ((Message)Argument!).Release();
        }
    }

    internal static Command Publish(ChannelSession channel, Message message, bool mandatory, bool immediate) =>
        new(CommandKind.Publish, channel, message, 0, mandatory, immediate);

    internal static Command Ack(ChannelSession channel, ulong tag, bool multiple) =>
        new(CommandKind.Ack, channel, null, tag, multiple, false);

    internal static Command Nack(ChannelSession channel, ulong tag, bool multiple, bool requeue) =>
        new(CommandKind.Nack, channel, null, tag, multiple, requeue);

    internal static Command Reject(ChannelSession channel, ulong tag, bool requeue) =>
        new(CommandKind.Reject, channel, null, tag, requeue, false);

    internal static Command Method<T>(ChannelSession channel, in T method)
        where T : struct, IMethod<T> =>
        new(CommandKind.Method, channel, method, Protocol.MethodKey.Of<T>(), false, false);

    internal static Command OpenChannel(ChannelSession channel) =>
        new(CommandKind.OpenChannel, channel, null, 0, false, false);

    internal static Command CloseChannel(ChannelSession channel) =>
        new(CommandKind.CloseChannel, channel, null, 0, false, false);

    internal static Command CloseSession(SessionEnd end) =>
        new(CommandKind.CloseSession, null, null, (ulong)end, false, false);

    internal static Command Fault(ChannelSession channel, ChannelException fault) =>
        new(CommandKind.ChannelFault, channel, fault, 0, false, false);

    internal static Command RenewUser(User user) => new(CommandKind.RenewUser, null, user, 0, false, false);

    internal static Command Fault(ConnectionException fault) =>
        new(CommandKind.ConnectionFault, null, fault, 0, false, false);
}
