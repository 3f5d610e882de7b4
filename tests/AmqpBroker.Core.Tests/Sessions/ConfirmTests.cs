using System.Text;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

/// <summary>Confirms, and the order of replies, while nothing is durable before the test says so.</summary>
public sealed class ConfirmTests : IDisposable
{
    private readonly TestBroker _broker = new(stepped: true);
    private readonly TestChannel _channel;

    public ConfirmTests()
    {
        _channel = _broker.Connect().OpenChannel();
        Declare("q");
    }

    [Fact]
    public void Publishes_of_one_read_get_one_confirm()
    {
        _channel.SelectConfirms();
        _channel.Client.Run(b =>
        {
            for (int i = 0; i < 10; i++)
            {
                b.Publish(_channel.Session, TestChannel.NewMessage("", "q", "m", persistent: true), false, false);
            }
        });
        _channel.Client.ExpectNothing();
        _broker.Sync();
        Assert.Equal(new BasicAck(10, Multiple: true), _channel.Client.Expect<BasicAck>());
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_queue_deleted_before_the_confirm_counts_as_confirmed()
    {
        _channel.SelectConfirms();
        _channel.Publish("q", "m", persistent: true);
        _channel.Send(new QueueDelete(TestChannel.Name("q"), false, false, NoWait: true));
        _channel.Client.ExpectNothing();
        _broker.Sync();
        Assert.Equal(new BasicAck(1, Multiple: false), _channel.Client.Expect<BasicAck>());
    }

    [Fact]
    public void What_was_published_before_confirms_were_selected_is_returned_before_that_is_answered()
    {
        _channel.Client.Run(b =>
        {
            b.Publish(_channel.Session, TestChannel.NewMessage("", "nowhere", "m"), mandatory: true, immediate: false);
            b.Method(_channel.Session, new ConfirmSelect(NoWait: false));
            b.Publish(_channel.Session, TestChannel.NewMessage("", "nowhere", "m"), mandatory: true, immediate: false);
        });
        _channel.Client.Expect<BasicReturn>();
        _channel.Client.Expect<ConfirmSelectOk>();
        _channel.Client.Expect<BasicReturn>();
        Assert.Equal(new BasicAck(1, Multiple: false), _channel.Client.Expect<BasicAck>());
    }

    [Fact]
    public void What_follows_a_commit_that_waits_is_done_and_answered_after_it()
    {
        _channel.SelectTransactions();
        _channel.Publish("q", "m", persistent: true);
        _channel.Client.Run(b =>
        {
            b.Method(_channel.Session, default(TxCommit));
            b.Method(_channel.Session, new BasicGet(TestChannel.Name("q"), NoAck: true));
            b.Method(_channel.Session, default(TxRollback));
        });
        _channel.Client.ExpectNothing();
        _broker.Sync();
        _channel.Client.Expect<TxCommitOk>();
        _channel.Client.Expect<BasicGetOk>();
        _channel.Client.Expect<TxRollbackOk>();
    }

    [Theory]
    [InlineData("q", false)]
    [InlineData("transient", true)]
    [InlineData("nowhere", true)]
    public void What_is_not_stored_is_confirmed_at_once(string key, bool persistent)
    {
        _channel.DeclareQueue("transient");
        _channel.SelectConfirms();
        _channel.Publish(key, "m", persistent: persistent);
        Assert.Equal(new BasicAck(1, false), _channel.Client.Expect<BasicAck>());
    }

    [Fact]
    public void A_delivery_and_its_ack_before_the_sync_do_not_bring_the_confirm_forward()
    {
        TestChannel consumer = _broker.Connect().OpenChannel();
        consumer.Consume("q");
        _channel.SelectConfirms();
        _channel.Publish("q", "m", persistent: true);
        consumer.Ack(consumer.Client.ExpectDelivery().Tag);
        _channel.Client.ExpectNothing();
        _broker.Sync();
        _channel.Client.Expect<BasicAck>();
    }

    [Fact]
    public void A_queue_that_rejects_publishes_gives_a_nack_and_the_cumulative_ack_does_not_end_on_it()
    {
        Declare("small", Fields.Table("x-max-length=I:1 x-overflow=S:reject-publish"));
        _channel.SelectConfirms();
        Message[] messages = [.. Enumerable.Range(0, 3).Select(i => TestChannel.NewMessage("", i == 0 ? "q" : "small", "m", persistent: true))];
        _channel.Client.Run(b =>
        {
            foreach (Message message in messages)
            {
                b.Publish(_channel.Session, message, false, false);
            }
        });
        Assert.Equal(3ul, _channel.Client.Expect<BasicNack>().DeliveryTag);
        _broker.Sync();
        Assert.Equal(new BasicAck(2, Multiple: true), _channel.Client.Expect<BasicAck>());
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void If_one_queue_of_several_rejects_the_publish_gets_one_nack_and_the_others_keep_it()
    {
        _channel.DeclareQueue("a");
        _channel.DeclareQueue("b", arguments: Fields.Table("x-max-length=I:0 x-overflow=S:reject-publish"));
        _channel.Bind("a", "amq.fanout");
        _channel.Bind("b", "amq.fanout");
        _channel.SelectConfirms();
        _channel.Publish("", "m", exchange: "amq.fanout");
        Assert.Equal(1ul, _channel.Client.Expect<BasicNack>().DeliveryTag);
        _channel.Client.ExpectNothing();
        Assert.Equal(["m"], _channel.Drain("a"));
    }

    [Fact]
    public void What_need_not_wait_is_confirmed_before_the_channel_fails()
    {
        _channel.DeclareQueue("transient");
        _channel.SelectConfirms();
        _channel.Client.Run(b =>
        {
            b.Publish(_channel.Session, TestChannel.NewMessage("", "transient", "a"), false, false);
            b.Publish(_channel.Session, TestChannel.NewMessage("missing", "x", "b"), false, false);
        });
        Assert.Equal(1ul, _channel.Client.Expect<BasicAck>().DeliveryTag);
        _channel.ExpectClosed(ReplyCode.NotFound);
    }

    [Fact]
    public void Confirm_mode_may_be_selected_again_but_not_in_a_transaction()
    {
        _channel.SelectConfirms();
        _channel.SelectConfirms();
        _channel.Send(default(TxSelect));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, "cannot switch from confirm to tx mode");
        TestChannel other = _channel.Client.OpenChannel(2);
        other.SelectTransactions();
        other.Send(new ConfirmSelect(false));
        other.ExpectClosed(ReplyCode.PreconditionFailed, "cannot switch from tx to confirm mode");
    }

    [Fact]
    public void A_gated_ok_holds_back_the_later_replies_of_its_channel_and_nothing_else()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("new"), false, Durable: true, false, false, false, FieldTable.Empty));
        _channel.Send(new BasicQos(0, 5, false));
        _channel.Send(new BasicGet(TestChannel.Name("q"), true));
        _channel.Client.ExpectNothing();
        TestChannel other = _channel.Client.OpenChannel(2);
        other.Qos(1);
        _broker.Sync();
        _channel.Client.Expect<QueueDeclareOk>();
        _channel.Client.Expect<BasicQosOk>();
        _channel.Client.Expect<BasicGetEmpty>();
    }

    [Fact]
    public void A_consume_ok_behind_a_gated_reply_still_precedes_the_first_delivery()
    {
        _channel.Publish("q", "m");
        _channel.Send(new QueueDeclare(TestChannel.Name("new"), false, Durable: true, false, false, false, FieldTable.Empty));
        _channel.Send(new BasicConsume(TestChannel.Name("q"), TestChannel.Name("c"), false, true, false, false, FieldTable.Empty));
        _channel.Client.ExpectNothing();
        _broker.Sync();
        _channel.Client.Expect<QueueDeclareOk>();
        _channel.Client.Expect<BasicConsumeOk>();
        Assert.Equal("m", _channel.Client.ExpectDelivery().Text);
    }

    [Fact]
    public void A_direct_reply_does_not_overtake_the_consume_ok()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("new"), false, Durable: true, false, false, false, FieldTable.Empty));
        _channel.Send(new BasicConsume(TestChannel.Name("amq.rabbitmq.reply-to"), TestChannel.Name("c"), false, true, false, false, FieldTable.Empty));
        _channel.Publish("q", "request", properties: p => p.SetReplyTo(TestChannel.Name("amq.rabbitmq.reply-to")));
        TestChannel server = _broker.Connect().OpenChannel();
        Received request = server.Get("q", noAck: true);
        server.Publish(Encoding.UTF8.GetString(BasicProperties.Scan(request.Properties).ReplyTo), "reply");
        _channel.Client.ExpectNothing();
        _broker.Sync();
        _channel.Client.Expect<QueueDeclareOk>();
        _channel.Client.Expect<BasicConsumeOk>();
        Assert.Equal("reply", _channel.Client.ExpectDelivery().Text);
    }

    [Fact]
    public void Declaring_again_what_is_durable_does_not_wait_for_acks_that_nobody_waits_for()
    {
        _channel.Publish("q", "m", persistent: true);
        _broker.Sync();
        _channel.Ack(_channel.Take("q"));
        _channel.DeclareQueue("q", durable: true);
    }

    [Fact]
    public void After_the_connection_failed_nothing_that_waited_is_sent()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("new"), false, Durable: true, false, false, false, FieldTable.Empty));
        _channel.Send(new BasicQos(1000, 0, false));
        _channel.Client.ExpectClosed(ReplyCode.NotImplemented, "prefetch_size!=0 (1000)");
        _broker.Sync();
        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void A_channel_close_waits_behind_the_replies_that_are_due()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("new"), false, Durable: true, false, false, false, FieldTable.Empty));
        _channel.Publish("x", "m", exchange: "missing");
        _channel.Client.ExpectNothing();
        _broker.Sync();
        _channel.Client.Expect<QueueDeclareOk>();
        _channel.ExpectClosed(ReplyCode.NotFound);
    }

    private void Declare(string queue, FieldTable? arguments = null)
    {
        _channel.Send(new QueueDeclare(TestChannel.Name(queue), false, Durable: true, false, false, false, arguments ?? FieldTable.Empty));
        _broker.Sync();
        _channel.Client.Expect<QueueDeclareOk>();
    }

    public void Dispose() => _broker.Dispose();
}
