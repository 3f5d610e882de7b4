using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
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
        if (AwaitsMessages(committed))
        {
            return;
        }

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

    /// <summary>
    /// What the commit would give to dead-letter exchanges is brought into memory first, since all of it takes effect at once.
    /// Asked for once: what is not there then cannot be read.
    /// </summary>
    /// <exception cref="ChannelException">406: it is too much.</exception>
    private bool AwaitsMessages(Transaction committed)
    {
        if (committed.HasMessages)
        {
            return false;
        }

        var unloaded = new List<QueueEntry>();
        foreach ((Unacked.Item item, Settlement settlement) in committed.Settlements)
        {
            QueueEntry entry = item.Entry!;
            if (settlement != Settlement.Acknowledge && entry.Queue.LacksMessageToEnd(entry, returns: settlement != Settlement.Reject))
            {
                committed.Load(entry);
                unloaded.Add(entry);
            }
        }

        committed.HasMessages = true;
        if (unloaded.Count > 0)
        {
            Stall(unloaded);
        }

        return unloaded.Count > 0;
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
