using AmqpBroker.Core.Messages;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>The class tx: publishes and settlements that take effect together.</summary>
public sealed partial class ChannelSession
{
    private Transaction? _transaction;

    private Transaction OpenTransaction =>
        _transaction ?? throw new ChannelException(ReplyCode.PreconditionFailed, "channel is not transactional");

    private void SelectTransactions()
    {
        if (_confirms)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "cannot switch from confirm to tx mode");
        }

        _transaction ??= new Transaction();
        Reply(default(TxSelectOk));
    }

    /// <exception cref="ChannelException">406: a queue refused a publish (x-overflow); all else has taken effect, as in RabbitMQ.</exception>
    private void Commit()
    {
        Transaction committed = OpenTransaction;
        _transaction = new Transaction();
        bool taken = true;
        bool endsStored = committed.Settlements.Exists(static s => s.Item.Entry is { Stored: true });
        foreach ((Message message, bool mandatory) in committed.Publishes)
        {
            taken &= Route(message, mandatory);
            message.Release();
        }

        foreach ((Unacked.Item item, Settlement settlement) in committed.Settlements)
        {
            Settle(item, settlement);
        }

        if (!taken)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "partial tx completion");
        }

        if (endsStored)
        {
            Host.Log.AwaitSettlements();
        }

        Reply(default(TxCommitOk), awaits: true);
    }

    private void Rollback()
    {
        Transaction dropped = OpenTransaction;
        _transaction = new Transaction();
        Drop(dropped);
        Reply(default(TxRollbackOk));
    }

    private void EndTransaction()
    {
        if (_transaction is { } open)
        {
            _transaction = null;
            Drop(open);
        }
    }

    /// <summary>Publishes are forgotten; deliveries whose settlement was not committed are unacknowledged again.</summary>
    private void Drop(Transaction dropped)
    {
        foreach ((Message message, _) in dropped.Publishes)
        {
            message.Release();
        }

        if (dropped.Settlements.Count > 0)
        {
            List<Unacked.Item> items = dropped.Settlements.ConvertAll(static s => s.Item);
            _unacked.Restore(items);
            LookForTimedOutAgain(items);
        }
    }
}
