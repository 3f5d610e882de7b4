using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <summary>The methods that a client may send on an open channel, but for the frequent ones, which take a shorter way.</summary>
internal static class ClientMethods
{
    /// <summary>Reads one of them and adds it to the batch.</summary>
    /// <exception cref="ConnectionException">503: a method that does not exist, or that no client sends here; 502: malformed arguments.</exception>
    public static void Add(CommandBatch batch, ChannelSession channel, uint key, ref AmqpReader reader)
    {
        switch (key)
        {
            case MethodKey.BasicConsume:
                batch.Method(channel, BasicConsume.Read(ref reader));
                break;
            case MethodKey.BasicCancel:
                batch.Method(channel, BasicCancel.Read(ref reader));
                break;
            case MethodKey.BasicGet:
                batch.Method(channel, BasicGet.Read(ref reader));
                break;
            case MethodKey.BasicQos:
                batch.Method(channel, BasicQos.Read(ref reader));
                break;
            case MethodKey.BasicRecover:
                batch.Method(channel, BasicRecover.Read(ref reader));
                break;
            case MethodKey.BasicRecoverAsync:
                batch.Method(channel, BasicRecoverAsync.Read(ref reader));
                break;
            case MethodKey.QueueDeclare:
                batch.Method(channel, QueueDeclare.Read(ref reader));
                break;
            case MethodKey.QueueBind:
                batch.Method(channel, QueueBind.Read(ref reader));
                break;
            case MethodKey.QueueUnbind:
                batch.Method(channel, QueueUnbind.Read(ref reader));
                break;
            case MethodKey.QueuePurge:
                batch.Method(channel, QueuePurge.Read(ref reader));
                break;
            case MethodKey.QueueDelete:
                batch.Method(channel, QueueDelete.Read(ref reader));
                break;
            case MethodKey.ExchangeDeclare:
                batch.Method(channel, ExchangeDeclare.Read(ref reader));
                break;
            case MethodKey.ExchangeDelete:
                batch.Method(channel, ExchangeDelete.Read(ref reader));
                break;
            case MethodKey.ExchangeBind:
                batch.Method(channel, ExchangeBind.Read(ref reader));
                break;
            case MethodKey.ExchangeUnbind:
                batch.Method(channel, ExchangeUnbind.Read(ref reader));
                break;
            case MethodKey.ConfirmSelect:
                batch.Method(channel, ConfirmSelect.Read(ref reader));
                break;
            case MethodKey.TxSelect:
                batch.Method(channel, TxSelect.Read(ref reader));
                break;
            case MethodKey.TxCommit:
                batch.Method(channel, TxCommit.Read(ref reader));
                break;
            case MethodKey.TxRollback:
                batch.Method(channel, TxRollback.Read(ref reader));
                break;
            case MethodKey.ChannelFlow:
                batch.Method(channel, ChannelFlow.Read(ref reader));
                break;
            case MethodKey.AccessRequest:
                batch.Method(channel, AccessRequest.Read(ref reader));
                break;
            default:
                throw new ConnectionException(ReplyCode.CommandInvalid, "unimplemented method");
        }
    }
}
