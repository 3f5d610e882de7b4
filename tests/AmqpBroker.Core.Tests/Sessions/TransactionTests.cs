using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class TransactionTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;
    private readonly TestChannel _other;

    public TransactionTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _other = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("q", durable: true);
        for (int i = 0; i < 3; i++)
        {
            _channel.Publish("q", $"m{i}", persistent: true);
        }

        _channel.SelectTransactions();
        _channel.SelectTransactions();
    }

    [Fact]
    public void Publishes_and_settlements_take_effect_at_commit()
    {
        _channel.Ack(_channel.Take("q"));
        _channel.Nack(_channel.Take("q"));
        _channel.Publish("q", "new");
        Assert.Equal(1u, _other.Ready("q"));
        _channel.Commit();
        Assert.Equal(["m1", "m2", "new"], _other.Drain("q"));
        _channel.Commit();
    }

    [Fact]
    public void A_commit_of_which_a_queue_refuses_a_publish_fails_and_all_else_takes_effect()
    {
        _other.DeclareQueue("full", arguments: Fields.Table("x-max-length=I:0 x-overflow=S:reject-publish"));
        _channel.Ack(_channel.Take("q"));
        _channel.Publish("full", "refused");
        _channel.Publish("q", "taken");
        _channel.Send(default(TxCommit));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "partial tx completion");
        Assert.Equal(["m1", "m2", "taken"], _other.Drain("q"));
        Assert.Equal(0u, _other.Ready("full"));
    }

    [Fact]
    public void A_rollback_forgets_publishes_and_the_settlement_may_be_issued_again()
    {
        ulong tag = _channel.Take("q");
        _channel.Ack(tag);
        _channel.Publish("q", "forgotten");
        _channel.Send(default(TxRollback));
        _channel.Client.Expect<TxRollbackOk>();
        Assert.Equal(2u, _other.Ready("q"));
        _channel.Nack(tag);
        _channel.Commit();
        Assert.Equal(["m0", "m1", "m2"], _other.Drain("q"));
    }

    [Fact]
    public void A_transaction_that_grows_without_end_closes_its_channel()
    {
        string body = new('b', 16 * 1024 * 1024);
        for (int i = 0; i < 16; i++)
        {
            _channel.Publish("q", body, persistent: true);
        }

        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "transaction exceeds 268435456 bytes");
        Assert.Equal(3u, _other.Ready("q"));
    }

    [Fact]
    public void An_unknown_tag_is_refused_at_once_and_so_is_one_settled_in_the_transaction()
    {
        ulong tag = _channel.Take("q");
        _channel.Ack(tag);
        _channel.Ack(tag);
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");
        Assert.Equal(["m0", "m1", "m2"], _other.Drain("q"));
    }

    [Fact]
    public void Recover_leaves_what_the_open_transaction_has_acknowledged()
    {
        _channel.Ack(_channel.Take("q"));
        _channel.Take("q");
        _channel.Send(new BasicRecover(Requeue: true));
        _channel.Client.Expect<BasicRecoverOk>();
        Assert.Equal(["m1", "m2"], _other.Drain("q"));
        _channel.Close();
        Assert.Equal(["m0"], _other.Drain("q"));
    }

    [Fact]
    public void An_acknowledgement_makes_room_only_at_commit()
    {
        _channel.Qos(1);
        _channel.Consume("q");
        _channel.Ack(_channel.Client.ExpectDelivery().Tag);
        _channel.Client.ExpectNothing();
        _channel.Send(default(TxCommit));
        Assert.Equal("m1", _channel.Client.ExpectDelivery().Text);
        _channel.Client.Expect<TxCommitOk>();
    }

    [Fact]
    public void What_is_unroutable_is_returned_at_commit_before_its_ok()
    {
        _channel.Publish("nowhere", "m", mandatory: true);
        _channel.Client.ExpectNothing();
        _channel.Send(default(TxCommit));
        _channel.Client.Expect<BasicReturn>();
        _channel.Client.Expect<TxCommitOk>();
    }

    [Fact]
    public void Routing_is_decided_at_commit_and_a_missing_exchange_is_refused_at_publish()
    {
        _channel.DeclareExchange("x", "fanout");
        _channel.Publish("", "routed", exchange: "x");
        _channel.Bind("q", "x");
        _channel.Commit();
        Assert.Equal(4u, _other.Ready("q"));
        _channel.Publish("", "m", exchange: "missing");
        _channel.ExpectClosed(ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
    }

    [Fact]
    public void An_exchange_deleted_before_commit_makes_its_messages_unroutable_and_spoils_nothing_else()
    {
        _channel.DeclareExchange("x", "fanout");
        ulong tag = _channel.Take("q");
        _channel.Publish("", "m", exchange: "x", mandatory: true);
        _channel.Publish("q", "kept");
        _channel.Ack(tag);
        _other.DeleteExchange("x");
        _channel.Send(default(TxCommit));
        _channel.Client.Expect<BasicReturn>();
        _channel.Client.Expect<TxCommitOk>();
        Assert.Equal(["m1", "m2", "kept"], _other.Drain("q"));
    }

    [Fact]
    public void A_time_to_live_counts_from_commit()
    {
        _channel.DeclareQueue("t", arguments: Fields.Table("x-message-ttl=I:100"));
        _channel.Publish("t", "m");
        _broker.Advance(500);
        _channel.Commit();
        _broker.Advance(99);
        Assert.Equal(1u, _other.Ready("t"));
        _broker.Advance(1);
        Assert.Equal(0u, _other.Ready("t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Commit_and_rollback_need_a_transactional_channel(bool commit)
    {
        if (commit)
        {
            _other.Send(default(TxCommit));
        }
        else
        {
            _other.Send(default(TxRollback));
        }

        _other.ExpectClosed(ReplyCode.PreconditionFailed, "channel is not transactional");
    }

    [Fact]
    public void A_commit_ok_waits_for_the_sync_also_for_acknowledgements_alone()
    {
        using var broker = new TestBroker(stepped: true);
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new QueueDeclare(TestChannel.Name("q"), false, Durable: true, false, false, false, FieldTable.Empty));
        channel.Publish("q", "m", persistent: true);
        broker.Sync();
        channel.Client.Expect<QueueDeclareOk>();
        channel.SelectTransactions();
        channel.Ack(channel.Take("q"));
        channel.Send(default(TxCommit));
        channel.Client.ExpectNothing();
        broker.Sync();
        channel.Client.Expect<TxCommitOk>();
        using TestBroker again = broker.Restart();
        Assert.Equal(0u, again.Connect().OpenChannel().Ready("q"));
    }

    [Fact]
    public void A_commit_ok_waits_for_the_sync_also_when_all_it_does_is_to_end_what_came_back_too_often()
    {
        using var broker = new TestBroker(stepped: true);
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new QueueDeclare(
            TestChannel.Name("q"), false, Durable: true, false, false, false, Fields.Table("x-delivery-limit=I:0")));
        channel.Publish("q", "m", persistent: true);
        broker.Sync();
        channel.Client.Expect<QueueDeclareOk>();
        channel.SelectTransactions();
        ulong tag = channel.Take("q");
        broker.Sync();
        channel.Reject(tag, requeue: true);
        channel.Send(default(TxCommit));
        channel.Client.ExpectNothing();
        broker.Sync();
        channel.Client.Expect<TxCommitOk>();
        using TestBroker again = broker.Restart();
        Assert.Equal(0u, again.Connect().OpenChannel().Ready("q"));
    }

    public void Dispose() => _broker.Dispose();
}
