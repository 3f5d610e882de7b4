using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>Reads the methods that a server sends on an open connection.</summary>
internal static class ServerMethods
{
    private delegate IMethod Decoder(ref AmqpReader reader);

    private static readonly Dictionary<uint, Decoder> Decoders = new()
    {
        [MethodKey.ConnectionClose] = Decode<ConnectionClose>,
        [MethodKey.ConnectionCloseOk] = Decode<ConnectionCloseOk>,
        [MethodKey.ConnectionUpdateSecretOk] = Decode<ConnectionUpdateSecretOk>,
        [MethodKey.ChannelOpenOk] = Decode<ChannelOpenOk>,
        [MethodKey.ChannelClose] = Decode<ChannelClose>,
        [MethodKey.ChannelCloseOk] = Decode<ChannelCloseOk>,
        [MethodKey.ChannelFlowOk] = Decode<ChannelFlowOk>,
        [MethodKey.AccessRequestOk] = Decode<AccessRequestOk>,
        [MethodKey.ExchangeDeclareOk] = Decode<ExchangeDeclareOk>,
        [MethodKey.ExchangeDeleteOk] = Decode<ExchangeDeleteOk>,
        [MethodKey.ExchangeBindOk] = Decode<ExchangeBindOk>,
        [MethodKey.ExchangeUnbindOk] = Decode<ExchangeUnbindOk>,
        [MethodKey.QueueDeclareOk] = Decode<QueueDeclareOk>,
        [MethodKey.QueueBindOk] = Decode<QueueBindOk>,
        [MethodKey.QueueUnbindOk] = Decode<QueueUnbindOk>,
        [MethodKey.QueuePurgeOk] = Decode<QueuePurgeOk>,
        [MethodKey.QueueDeleteOk] = Decode<QueueDeleteOk>,
        [MethodKey.BasicQosOk] = Decode<BasicQosOk>,
        [MethodKey.BasicConsumeOk] = Decode<BasicConsumeOk>,
        [MethodKey.BasicCancel] = Decode<BasicCancel>,
        [MethodKey.BasicCancelOk] = Decode<BasicCancelOk>,
        [MethodKey.BasicReturn] = Decode<BasicReturn>,
        [MethodKey.BasicDeliver] = Decode<BasicDeliver>,
        [MethodKey.BasicGetOk] = Decode<BasicGetOk>,
        [MethodKey.BasicGetEmpty] = Decode<BasicGetEmpty>,
        [MethodKey.BasicRecoverOk] = Decode<BasicRecoverOk>,
        [MethodKey.BasicAck] = Decode<BasicAck>,
        [MethodKey.BasicNack] = Decode<BasicNack>,
        [MethodKey.ConfirmSelectOk] = Decode<ConfirmSelectOk>,
        [MethodKey.TxSelectOk] = Decode<TxSelectOk>,
        [MethodKey.TxCommitOk] = Decode<TxCommitOk>,
        [MethodKey.TxRollbackOk] = Decode<TxRollbackOk>,
    };

    internal static IMethod Read(ReadOnlySpan<byte> payload)
    {
        var ids = new AmqpReader(payload);
        uint key = MethodKey.Of(ids.ReadShort(), ids.ReadShort());
        var reader = new AmqpReader(payload[4..]);
        return Decoders[key](ref reader);
    }

    private static IMethod Decode<T>(ref AmqpReader reader)
        where T : struct, IMethod<T> => T.Read(ref reader);
}
