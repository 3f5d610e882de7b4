using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Definitions;

public sealed class QueueDefinitionTests : IDisposable
{
    private const string Locked =
        "cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally declared on another "
        + "connection or the exclusive property value does not match that of the original declaration.";

    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public QueueDefinitionTests() => _channel = _broker.Connect().OpenChannel();

    [Fact]
    public void Declare_ok_counts_ready_messages_and_all_consumers()
    {
        _channel.DeclareQueue("q");
        for (int i = 0; i < 3; i++)
        {
            _channel.Publish("q", "m");
        }

        _channel.Take("q");
        QueueDeclareOk ok = _channel.DeclareQueue("q");
        Assert.Equal((2u, 0u), (ok.MessageCount, ok.ConsumerCount));
        _broker.Connect().OpenChannel().Consume("q");
        _broker.Connect().OpenChannel().Consume("q");
        ok = _channel.DeclareQueue("q");
        Assert.Equal((0u, 2u), (ok.MessageCount, ok.ConsumerCount));
    }

    [Fact]
    public void An_empty_name_gets_a_generated_one_that_is_the_channels_last_queue()
    {
        QueueDeclareOk ok = _channel.DeclareQueue("");
        string name = ok.Queue.ToString();
        Assert.StartsWith("amq.gen-", name, StringComparison.Ordinal);
        Assert.Equal("amq.gen-".Length + 22, name.Length);
        Assert.NotEqual(name, _channel.DeclareQueue("").Queue.ToString());
        string last = _channel.DeclareQueue("").Queue.ToString();
        _channel.Publish(last, "m");
        Assert.Equal("m", _channel.Get("").Text);
    }

    [Fact]
    public void Queue_and_key_left_out_bind_the_last_declared_queue_by_its_name()
    {
        _channel.DeclareQueue("last");
        _channel.Bind("", "amq.direct");
        _channel.Publish("last", "m", exchange: "amq.direct");
        Assert.Equal(["m"], _channel.Drain("last"));
    }

    [Fact]
    public void Names_lose_carriage_return_and_line_feed()
    {
        Assert.Equal("ab", _channel.DeclareQueue("a\r\nb").Queue.ToString());
        Assert.True(_channel.HasQueue("ab"));
    }

    [Fact]
    public void No_wait_answers_nothing_on_success_and_the_error_on_failure()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), false, false, false, false, NoWait: true, FieldTable.Empty));
        _channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("amq.fanout"), TestChannel.Name(""), NoWait: true, FieldTable.Empty));
        _channel.Send(new QueuePurge(TestChannel.Name("q"), NoWait: true));
        _channel.Send(new QueueDelete(TestChannel.Name("q"), false, false, NoWait: true));
        _channel.Client.ExpectNothing();
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: true, false, false, false, NoWait: true, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.NotFound, "no queue 'q' in vhost '/'");
    }

    [Theory]
    [InlineData(true, false, false, "", "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'")]
    [InlineData(false, true, false, "", "inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'")]
    [InlineData(false, false, false, "x-message-ttl=I:20", "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '20' but current is '10'")]
    [InlineData(false, false, false, "", "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received none but current is the value '10' of type 'signedint'")]
    public void A_declare_that_differs_is_refused(bool durable, bool autoDelete, bool exclusive, string arguments, string text)
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-message-ttl=I:10"));
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), false, durable, exclusive, autoDelete, false, Fields.Table(arguments)));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Fact]
    public void A_declare_that_is_the_same_or_differs_in_integer_width_or_unknown_arguments_is_fine()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-message-ttl=I:10 x-mine=S:a"));
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-message-ttl=l:10 x-mine=S:b"));
    }

    [Fact]
    public void Passive_takes_a_known_name_whatever_else_is_asked()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: true, false, Exclusive: true, true, false, Fields.Table("x-max-length=I:1")));
        Assert.Equal("q", _channel.Client.Expect<QueueDeclareOk>().Queue.ToString());
    }

    [Fact]
    public void A_reserved_name_is_refused_even_if_it_exists()
    {
        _channel.Send(new QueueDeclare(TestChannel.Name("amq.mine"), false, false, false, false, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.AccessRefused, "queue name 'amq.mine' contains reserved prefix 'amq.*'");
        TestChannel again = _channel.Client.OpenChannel(2);
        string name = again.DeclareQueue("").Queue.ToString();
        again.Passive(name);
        again.Send(new QueueDeclare(TestChannel.Name(name), false, false, false, false, false, FieldTable.Empty));
        again.ExpectClosed(ReplyCode.AccessRefused, $"queue name '{name}' contains reserved prefix 'amq.*'");
    }

    [Fact]
    public void Without_a_queue_declared_before_the_empty_name_is_not_found()
    {
        _channel.Send(new QueuePurge(TestChannel.Name(""), false));
        _channel.ExpectClosed(ReplyCode.NotFound, "no previously declared queue");
    }

    [Fact]
    public void A_binding_that_makes_no_sense_is_refused_before_an_exclusive_queue_is()
    {
        _channel.DeclareQueue("q", exclusive: true);
        TestChannel stranger = _broker.Connect().OpenChannel();
        FieldTable arguments = Fields.Table("x-match=S:some");
        stranger.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("amq.headers"), TestChannel.Name(""), false, arguments));
        stranger.ExpectClosed(ReplyCode.PreconditionFailed);
    }

    [Fact]
    public void An_exclusive_queue_is_locked_for_other_connections_in_every_method()
    {
        _channel.DeclareQueue("q", exclusive: true);
        _channel.Bind("q", "amq.fanout");
        TestClient stranger = _broker.Connect();
        ushort number = 1;
        void Refused<T>(T method)
            where T : struct, IMethod<T>
        {
            TestChannel channel = stranger.OpenChannel(number++);
            channel.Send(method);
            channel.ExpectClosed(ReplyCode.ResourceLocked, Locked);
        }

        ShortString q = TestChannel.Name("q");
        ShortString fanout = TestChannel.Name("amq.fanout");
        Refused(new QueueDeclare(q, Passive: true, false, false, false, false, FieldTable.Empty));
        Refused(new QueueDeclare(q, false, false, Exclusive: true, false, false, FieldTable.Empty));
        Refused(new QueueBind(q, fanout, TestChannel.Name(""), false, FieldTable.Empty));
        Refused(new QueueUnbind(q, fanout, TestChannel.Name(""), FieldTable.Empty));
        Refused(new QueuePurge(q, false));
        Refused(new QueueDelete(q, false, false, false));
        Refused(new BasicGet(q, false));
        Refused(new BasicConsume(q, TestChannel.Name(""), false, false, false, false, FieldTable.Empty));
    }

    [Fact]
    public void Unbinding_what_is_not_bound_is_fine_on_an_exclusive_queue_of_another_connection()
    {
        _channel.DeclareQueue("q", exclusive: true);
        _broker.Connect().OpenChannel().Unbind("q", "amq.fanout");
    }

    [Fact]
    public void An_exclusive_mismatch_is_locked_even_for_the_owner()
    {
        _channel.DeclareQueue("q", exclusive: true);
        _channel.Send(new QueueDeclare(TestChannel.Name("q"), false, false, Exclusive: false, false, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.ResourceLocked, Locked);
    }

    [Fact]
    public void An_exclusive_queue_goes_with_its_connection_and_not_with_its_channel()
    {
        _channel.DeclareQueue("q", exclusive: true, durable: true);
        _channel.Close();
        Assert.True(_channel.Client.OpenChannel(2).HasQueue("q"));
        _channel.Client.Close();
        _channel.Client.Expect<ConnectionCloseOk>();
        Assert.False(_broker.Connect().OpenChannel().HasQueue("q"));
    }

    [Fact]
    public void Delete_gives_the_ready_count_and_is_fine_for_what_is_not_there()
    {
        _channel.DeclareQueue("q");
        for (int i = 0; i < 3; i++)
        {
            _channel.Publish("q", "m");
        }

        _channel.Take("q");
        Assert.Equal(2u, _channel.DeleteQueue("q"));
        Assert.Equal(0u, _channel.DeleteQueue("q"));
        _channel.Ack(0, multiple: true);
        _channel.Client.ExpectNothing();
    }

    [Theory]
    [InlineData(true, false, "queue 'q' in vhost '/' in use")]
    [InlineData(false, true, "queue 'q' in vhost '/' not empty")]
    [InlineData(true, true, "queue 'q' in vhost '/' not empty")]
    public void If_empty_is_looked_at_before_if_unused(bool ifUnused, bool ifEmpty, string text)
    {
        _channel.DeclareQueue("q");
        TestChannel consumer = _broker.Connect().OpenChannel();
        consumer.Qos(1);
        consumer.Consume("q");
        _channel.Publish("q", "unacked");
        _channel.Publish("q", "ready");
        _channel.Send(new QueueDelete(TestChannel.Name("q"), ifUnused, ifEmpty, false));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Fact]
    public void If_empty_does_not_count_unacknowledged_messages()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m");
        _channel.Take("q");
        Assert.Equal(0u, _channel.DeleteQueue("q", ifEmpty: true));
    }

    [Theory]
    [InlineData(true, "if-unused")]
    [InlineData(false, "if-empty")]
    public void A_quorum_queue_knows_no_conditional_delete(bool ifUnused, string flag)
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-queue-type=S:quorum"));
        _channel.Send(new QueueDelete(TestChannel.Name("q"), ifUnused, !ifUnused, false));
        _channel.Client.ExpectClosed(
            ReplyCode.NotImplemented,
            $"cannot delete queue 'q' in vhost '/'. queue.delete operations with {flag} flag set are not supported by quorum queues");
    }

    [Fact]
    public void Purge_takes_what_is_ready_and_leaves_what_is_unacknowledged()
    {
        _channel.DeclareQueue("q", durable: true);
        for (int i = 0; i < 4; i++)
        {
            _channel.Publish("q", $"m{i}", persistent: true);
        }

        ulong tag = _channel.Take("q");
        Assert.Equal(3u, _channel.Purge("q"));
        _channel.Publish("q", "new", persistent: true);
        _channel.Nack(tag);
        Assert.Equal(["m0", "new"], _channel.Drain("q"));
    }

    [Fact]
    public void An_auto_delete_queue_goes_with_its_last_consumer_but_not_before_it_had_one()
    {
        _channel.DeclareQueue("q", autoDelete: true);
        _channel.Publish("q", "m");
        _channel.Get("q", noAck: true);
        Assert.True(_channel.HasQueue("q"));
        string first = _channel.Consume("q");
        TestChannel other = _channel.Client.OpenChannel(2);
        other.Consume("q");
        _channel.Cancel(first);
        Assert.True(_channel.HasQueue("q"));
        other.Close();
        Assert.False(_channel.HasQueue("q"));
    }

    [Fact]
    public void An_unused_queue_expires_and_consumers_gets_and_declares_keep_it()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-expires=I:1000"));
        _broker.Advance(900);
        _channel.DeclareQueue("q", arguments: Fields.Table("x-expires=I:1000"));
        _broker.Advance(900);
        _channel.Passive("q");
        _broker.Advance(900);
        _channel.Get("q");
        _broker.Advance(900);
        string tag = _channel.Consume("q");
        _broker.Advance(5000);
        _channel.Cancel(tag);
        _broker.Advance(999);
        Assert.True(_broker.Host.Queues.ContainsKey(TestChannel.Name("q")));
        _broker.Advance(1);
        Assert.False(_broker.Host.Queues.ContainsKey(TestChannel.Name("q")));
    }

    public void Dispose() => _broker.Dispose();
}
