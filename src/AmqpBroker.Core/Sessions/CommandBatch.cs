using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// What one read from a client asked for, in order. Filled by the connection's read loop, posted to the virtual host's lane,
/// and filled again only after <c>completed</c> was called. A connection has at most two under way.
/// </summary>
public sealed class CommandBatch(Session session, Action<CommandBatch> completed) : LaneWork
{
    private Command[] _commands = new Command[16];
    private int _count;

    /// <summary>Nothing to run.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>How many commands are in it.</summary>
    public int Count => _count;

    /// <summary>It brings messages: what it adds to the journal is as large as they are.</summary>
    public bool Publishes { get; private set; }

    /// <summary>basic.publish with its content; takes over the caller's reference to the message.</summary>
    public void Publish(ChannelSession channel, Message message, bool mandatory, bool immediate)
    {
        Publishes = true;
        Add(Command.Publish(channel, message, mandatory, immediate));
    }

    /// <summary>basic.ack.</summary>
    public void Ack(ChannelSession channel, ulong deliveryTag, bool multiple) =>
        Add(Command.Ack(channel, deliveryTag, multiple));

    /// <summary>basic.nack.</summary>
    public void Nack(ChannelSession channel, ulong deliveryTag, bool multiple, bool requeue) =>
        Add(Command.Nack(channel, deliveryTag, multiple, requeue));

    /// <summary>basic.reject.</summary>
    public void Reject(ChannelSession channel, ulong deliveryTag, bool requeue) =>
        Add(Command.Reject(channel, deliveryTag, requeue));

    /// <summary>Any other method of the classes exchange, queue, basic, tx and confirm, and channel.flow.</summary>
    public void Method<T>(ChannelSession channel, in T method)
        where T : struct, IMethod<T>
    {
        // A commit brings the messages of its transaction.
        Publishes |= typeof(T) == typeof(TxCommit);
        Add(Command.Method(channel, in method));
    }

    /// <summary>connection.update-secret: the user has logged in anew, and update-secret-ok follows.</summary>
    public void RenewUser(User user) => Add(Command.RenewUser(user));

    /// <summary>channel.open: open-ok follows.</summary>
    public void OpenChannel(ChannelSession channel) => Add(Command.OpenChannel(channel));

    /// <summary>The client's channel.close: clean-up, then close-ok (also on a channel that the core closed meanwhile).</summary>
    public void CloseChannel(ChannelSession channel) => Add(Command.CloseChannel(channel));

    /// <summary>The session ends: exclusive queues go, unacked messages return, consumers are cancelled.</summary>
    public void CloseSession(SessionEnd end) => Add(Command.CloseSession(end));

    /// <summary>A fault that the reader found in what a channel sent: takes effect after all before it.</summary>
    public void Fault(ChannelSession channel, ChannelException fault) => Add(Command.Fault(channel, fault));

    /// <summary>A fault that the reader found in what the connection sent: takes effect after all before it.</summary>
    public void Fault(ConnectionException fault) => Add(Command.Fault(fault));

    /// <inheritdoc/>
    public override void Execute() => session.Run(_commands.AsSpan(0, _count));

    /// <inheritdoc/>
    public override void Completed()
    {
        _commands.AsSpan(0, _count).Clear();
        _count = 0;
        Publishes = false;
        completed(this);
    }

    private void Add(in Command command)
    {
        if (_count == _commands.Length)
        {
            Array.Resize(ref _commands, _count * 2);
        }

        _commands[_count++] = command;
    }
}
