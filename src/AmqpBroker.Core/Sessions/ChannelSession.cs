using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// A channel as the core sees it: what it was delivered and has not settled, its consumers, confirms and transaction.
/// Made by the connection at channel.open, a new one each time a number is opened; everything else is lane only.
/// </summary>
public sealed partial class ChannelSession
{
    private readonly Session _session;
    private readonly Unacked _unacked = new();
    private readonly Dictionary<ShortString, Consumer> _consumers = [];
    private uint _wakes;
    private ulong _lastDeliveryTag;
    private ShortString? _lastQueue;
    private int _nextPrefetch;
    private int _globalPrefetch;
    private int _globalUnacked;
    private int _gatedReplies;
    private long _lastGated;
    private int _heldConsumers;
    private bool _ended;

    /// <summary>The channel <paramref name="number"/> of a session.</summary>
    public ChannelSession(Session session, ushort number)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
        Number = number;
    }

    /// <summary>Its number on the connection.</summary>
    public ushort Number { get; }

    internal Session Session => _session;

    /// <summary>A message can be delivered on it: the channel is open, its shared prefetch is not full, and the client's connection takes more.</summary>
    internal bool HasRoom =>
        !_ended && (_globalPrefetch == 0 || _globalUnacked < _globalPrefetch) && _session.HasRoom;

    private VirtualHost Host => _session.Host;

    private AccessCheck Access => _session.Access;

    internal void Open() => Reply(default(ChannelOpenOk));

    internal void Execute(in Command command)
    {
        if (_ended)
        {
            command.Discard();
            return;
        }

        switch (command.Kind)
        {
            case CommandKind.Publish:
                Publish((Message)command.Argument!, command.First, command.Second);
                break;
            case CommandKind.Ack:
                Acknowledge(command.Tag, command.First);
                break;
            case CommandKind.Nack:
                Refuse(command.Tag, command.First, command.Second, Settlement.Return);
                break;
            case CommandKind.Reject:
                Refuse(command.Tag, multiple: false, command.First, Settlement.Fail);
                break;
            case CommandKind.ChannelFault:
                throw (ChannelException)command.Argument!;
            default:
                Execute((IMethod)command.Argument!);
                break;
        }
    }

    /// <summary>The channel's own fault: cleaned up at once, and the client is told behind what it still waits for.</summary>
    internal void Fail(ChannelException fault, uint methodKey)
    {
        if (_ended)
        {
            return;
        }

        ConfirmBeforeClose();
        End();
        Reply(Faults.ChannelClose(fault, methodKey));
        _session.Output.ChannelClosing(this);
    }

    internal void CloseByClient()
    {
        End();
        Reply(default(ChannelCloseOk));
    }

    /// <summary>Consumers go, unacked messages return to where they were, what was not committed is forgotten.</summary>
    internal void End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        Host.RemoveChannel(this);
        DiscardHeld();
        foreach (Consumer consumer in _consumers.Values)
        {
            consumer.Cancelled = true;
            consumer.Queue.Consumers.Remove(consumer);
        }

        EndTransaction();
        RequeueAll(Settlement.Fail);
        CancelSettleTimer();
        ForgetReplies();
        foreach (Consumer consumer in _consumers.Values)
        {
            Host.PumpLater(consumer.Queue);
            Host.ConsumerGone(consumer.Queue);
        }

        _consumers.Clear();
    }

    /// <summary>Answers the client, behind any answer of this channel that still waits for the disk.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="awaits">It may only be given once all that was logged so far is durable.</param>
    private void Reply<T>(in T reply, bool awaits = false)
        where T : struct, IMethod<T>
    {
        if (_gatedReplies == 0 && !(awaits && Host.MustAwait))
        {
            _session.Chunk.Method(Number, in reply);
            return;
        }

        OutboundChunk chunk = OutboundChunk.Rent();
        chunk.Method(Number, in reply);
        Gate(chunk);
    }

    private void ReplyWithContent<T>(in T reply, Message content)
        where T : struct, IMethod<T>
    {
        if (_gatedReplies == 0)
        {
            _session.Chunk.MethodWithContent(Number, in reply, content);
            return;
        }

        OutboundChunk chunk = OutboundChunk.Rent();
        chunk.MethodWithContent(Number, in reply, content);
        Gate(chunk);
    }

    private void Gate(OutboundChunk chunk)
    {
        _gatedReplies++;
        _lastGated++;
        Host.Gates.Reply(this, chunk);
    }

    internal void SendGated(OutboundChunk reply)
    {
        _session.SendGated(reply);
        _gatedReplies--;
        if (_heldConsumers > 0)
        {
            ReleaseConsumers(_lastGated - _gatedReplies);
        }
    }

    private void Execute(IMethod method)
    {
        switch (method)
        {
            case BasicConsume consume:
                Consume(in consume);
                break;
            case BasicCancel cancel:
                Cancel(in cancel);
                break;
            case BasicGet get:
                Get(in get);
                break;
            case BasicQos qos:
                Qos(in qos);
                break;
            case BasicRecover recover:
                Recover(recover.Requeue);
                Reply(default(BasicRecoverOk));
                break;
            case BasicRecoverAsync recover:
                Recover(recover.Requeue);
                break;
            case QueueDeclare declare:
                DeclareQueue(in declare);
                break;
            case QueueBind bind:
                Bind(in bind);
                break;
            case QueueUnbind unbind:
                Unbind(in unbind);
                break;
            case QueuePurge purge:
                Purge(in purge);
                break;
            case QueueDelete delete:
                DeleteQueue(in delete);
                break;
            case ExchangeDeclare declare:
                DeclareExchange(in declare);
                break;
            case ExchangeDelete delete:
                DeleteExchange(in delete);
                break;
            case ExchangeBind bind:
                Bind(in bind);
                break;
            case ExchangeUnbind unbind:
                Unbind(in unbind);
                break;
            case ConfirmSelect select:
                SelectConfirms(in select);
                break;
            case TxSelect:
                SelectTransactions();
                break;
            case TxCommit:
                Commit();
                break;
            case TxRollback:
                Rollback();
                break;
            case ChannelFlow flow:
                Flow(in flow);
                break;
            case AccessRequest:
                // Old clients ask for a ticket and send it along; it means nothing since 0-9-1.
                Reply(new AccessRequestOk(1));
                break;
            default:
                throw new ConnectionException(ReplyCode.CommandInvalid, "unimplemented method");
        }
    }

    private void Flow(in ChannelFlow flow)
    {
        if (!flow.Active)
        {
            throw new ConnectionException(ReplyCode.NotImplemented, "active=false");
        }

        Reply(new ChannelFlowOk(true));
    }
}
