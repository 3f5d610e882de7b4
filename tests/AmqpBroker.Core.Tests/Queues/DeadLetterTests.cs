using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Queues;

public sealed class DeadLetterTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public DeadLetterTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareExchange("dlx", "fanout", durable: true);
        _channel.DeclareQueue("dead", durable: true);
        _channel.Bind("dead", "dlx");
    }

    [Fact]
    public void A_death_is_recorded_with_all_its_fields_and_the_expiration_is_taken_away()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        _channel.Bind("q", "amq.topic", "a.*");
        _channel.Publish("a.b", "m", exchange: "amq.topic", properties: p => p
            .SetHeaders(Fields.Table("CC=A[S:cc] BCC=A[S:bcc] mine=I:1"))
            .Set(BasicProperty.Expiration, TestChannel.Name("100")));
        _broker.Advance(100);
        Received dead = _channel.Get("dead", noAck: true);
        var got = (BasicGetOk)dead.Method;
        Assert.Equal(("dlx", "a.b"), (got.Exchange.ToString(), got.RoutingKey.ToString()));
        Assert.False(BasicProperties.Scan(dead.Properties).Has(BasicProperty.Expiration));
        ulong seconds = (ulong)_broker.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(
            Fields.Table($"count=l:1 reason=S:expired queue=S:q time=T:{seconds} exchange=S:amq.topic routing-keys=A[S:a.b,S:cc] original-expiration=S:100"),
            Assert.Single(Deaths(dead)));
        Assert.Equal("expired", Text(dead, "x-first-death-reason"));
        Assert.Equal("q", Text(dead, "x-first-death-queue"));
        Assert.Equal("amq.topic", Text(dead, "x-first-death-exchange"));
        Assert.Equal(("expired", "q", "amq.topic"), Last(dead));
        Assert.True(dead.Headers.Contains(TestChannel.Name("mine")));
    }

    [Fact]
    public void What_is_given_back_to_an_exclusive_queue_over_its_limit_is_dead_lettered_before_the_queue_goes_with_its_connection()
    {
        TestChannel owner = _broker.Connect().OpenChannel();
        owner.DeclareQueue("q", exclusive: true, arguments: Fields.Table("x-max-length=I:1 x-dead-letter-exchange=S:dlx"));
        owner.Consume("q");
        owner.Publish("q", "over the limit");
        owner.Publish("q", "within it");
        owner.Client.ExpectDeliveries(2);
        owner.Client.Close(SessionEnd.PeerGone);
        Assert.Equal(["over the limit"], _channel.Drain("dead"));
    }

    [Theory]
    [InlineData("rejected")]
    [InlineData("expired")]
    [InlineData("maxlen")]
    [InlineData("delivery_limit")]
    public void The_reason_is_named(string reason)
    {
        string limits = reason switch
        {
            "expired" => "x-message-ttl=I:0 ",
            "maxlen" => "x-max-length=I:0 ",
            "delivery_limit" => "x-delivery-limit=I:0 ",
            _ => "",
        };
        _channel.DeclareQueue("q", arguments: Fields.Table(limits + "x-dead-letter-exchange=S:dlx"));
        _channel.Publish("q", "m");
        if (reason is "rejected" or "delivery_limit")
        {
            _channel.Reject(_channel.Take("q"), requeue: reason == "delivery_limit");
        }

        Assert.Equal(reason, Text(Assert.Single(Deaths(_channel.Get("dead", noAck: true))), "reason"));
    }

    [Fact]
    public void Deaths_of_one_queue_and_reason_are_counted_and_the_newest_stands_first()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        _channel.DeclareQueue("r", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        Received dead = Reject("q", []);
        dead = Reject("r", dead.Properties);
        Assert.Equal(["r 1", "q 1"], Summary(dead));
        dead = Reject("q", dead.Properties);
        Assert.Equal(["q 2", "r 1"], Summary(dead));
        Assert.Equal("q", Text(dead, "x-first-death-queue"));
    }

    [Fact]
    public void The_last_death_is_named_anew_each_time_and_the_first_stays()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        _channel.DeclareQueue("r", arguments: Fields.Table("x-message-ttl=I:0 x-dead-letter-exchange=S:dlx"));
        Received dead = Reject("q", []);
        Assert.Equal(("rejected", "q", ""), Last(dead));
        _channel.Bind("r", "amq.fanout");
        Publish("amq.fanout", "", dead.Properties);
        dead = _channel.Get("dead", noAck: true);
        Assert.Equal(("expired", "r", "amq.fanout"), Last(dead));
        Assert.Equal(("rejected", "q"), (Text(dead, "x-first-death-reason"), Text(dead, "x-first-death-queue")));
    }

    [Fact]
    public void A_repeated_death_keeps_the_time_of_the_first()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        ulong first = (ulong)_broker.Clock.GetUtcNow().ToUnixTimeSeconds();
        Received dead = Reject("q", []);
        _broker.Advance(10_000);
        dead = Reject("q", dead.Properties);
        FieldTable death = Assert.Single(Deaths(dead));
        Assert.Equal(["q 2"], Summary(dead));
        Assert.True(death.TryGetValue(TestChannel.Name("time"), out FieldValue time));
        Assert.Equal(FieldValue.FromTimestamp(first), time);
    }

    [Fact]
    public void Entries_of_old_brokers_without_a_count_are_merged_and_counted()
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        byte[] old = new BasicPropertiesEditor().SetHeaders(Fields.Table(
            "x-death=A[F[queue=S:q,reason=S:rejected],F[queue=S:z,reason=S:expired],F[queue=S:q,reason=S:rejected]]")).Build();
        Assert.Equal(["q 3", "z 1"], Summary(Reject("q", old)));
    }

    [Theory]
    [InlineData("x-death=S:nonsense")]
    [InlineData("x-death=I:7")]
    [InlineData("x-death=A[I:7,S:x]")]
    public void A_malformed_record_of_deaths_is_replaced(string headers)
    {
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S:dlx"));
        byte[] malformed = new BasicPropertiesEditor().SetHeaders(Fields.Table(headers)).Build();
        Assert.Equal(["q 1"], Summary(Reject("q", malformed)));
    }

    [Fact]
    public void A_dead_letter_routing_key_replaces_the_keys_and_drops_CC()
    {
        _channel.DeclareQueue("cc");
        _channel.DeclareQueue("q", arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        _channel.Publish("q", "m", properties: p => p.SetHeaders(Fields.Table("CC=A[S:cc]")));
        _channel.Drain("cc");
        _channel.Reject(_channel.Take("q"), requeue: false);
        Received dead = _channel.Get("dead", noAck: true);
        Assert.Equal("dead", ((BasicGetOk)dead.Method).RoutingKey.ToString());
        Assert.False(dead.Headers.Contains(TestChannel.Name("CC")));
        Assert.Empty(_channel.Drain("cc"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_one_the_message_is_routed_by_its_keys_and_CC_also_after_a_restart(bool restart)
    {
        _channel.DeclareQueue("cc", durable: true);
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-dead-letter-exchange=S:amq.direct"));
        _channel.Bind("cc", "amq.direct", "cc");
        _channel.Publish("q", "m", persistent: true, properties: p => p.SetHeaders(Fields.Table("CC=A[S:cc]")));
        _channel.Drain("cc");
        using TestBroker? again = restart ? _broker.Restart() : null;
        TestChannel channel = again?.Connect().OpenChannel() ?? _channel;
        channel.Reject(channel.Take("q"), requeue: false);
        Received dead = channel.Get("cc", noAck: true);
        Assert.True(Assert.Single(Deaths(dead)).TryGetValue(TestChannel.Name("routing-keys"), out FieldValue keys));
        Assert.Equal(["q", "cc"], keys.AsArray().Select(k => k.AsString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keys_of_BCC_lead_on_over_several_deaths_and_restarts_though_no_receiver_sees_them(bool restart)
    {
        _channel.DeclareExchange("second", "direct", durable: true);
        _channel.DeclareQueue("hidden", durable: true);
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-dead-letter-exchange=S:amq.direct"));
        _channel.DeclareQueue("r", durable: true, arguments: Fields.Table("x-dead-letter-exchange=S:second"));
        _channel.Bind("r", "amq.direct", "q");
        _channel.Bind("hidden", "second", "bcc");
        _channel.Publish("q", "m", persistent: true, properties: p => p.SetHeaders(Fields.Table("CC=A[S:cc] BCC=A[S:bcc]")));
        TestBroker? again = null;
        TestChannel channel = _channel;
        foreach (string queue in new[] { "q", "r" })
        {
            if (restart)
            {
                TestBroker next = (again ?? _broker).Restart();
                again?.Dispose();
                again = next;
                channel = again.Connect().OpenChannel();
            }

            channel.Reject(channel.Take(queue), requeue: false);
        }

        Received hidden = channel.Get("hidden", noAck: true);
        Assert.Equal(["r 1", "q 1"], Summary(hidden));
        Assert.False(hidden.Headers.Contains(TestChannel.Name("BCC")));
        again?.Dispose();
    }

    [Theory]
    [InlineData("x-max-length=I:0", 0u)]
    [InlineData("x-max-length=I:1", 1u)]
    [InlineData("x-message-ttl=I:0", 0u)]
    public void Queues_that_are_always_full_and_dead_letter_to_each_other_do_not_take_for_ever(string limit, uint left)
    {
        const int Queues = 14; // more than any computer could do in every order
        _channel.DeclareExchange("all", "fanout");
        for (int i = 0; i < Queues; i++)
        {
            _channel.DeclareQueue($"full{i}", arguments: Fields.Table(limit + " x-dead-letter-exchange=S:all"));
            _channel.Bind($"full{i}", "all");
        }

        _channel.Publish("", "1", exchange: "all");
        _channel.Publish("full0", "2");
        Assert.All(Enumerable.Range(0, Queues), i => Assert.Equal(left, _channel.Ready($"full{i}")));
    }

    [Fact]
    public void Whatever_many_full_queues_let_go_at_once_comes_into_one_queue()
    {
        const int Queues = 100;
        for (int i = 0; i < Queues; i++)
        {
            _channel.DeclareQueue($"full{i}", arguments: Fields.Table("x-max-length=I:1 x-dead-letter-exchange=S:dlx"));
            _channel.Bind($"full{i}", "amq.fanout");
            _channel.Publish($"full{i}", $"{i}");
        }

        _channel.Publish("", "new", exchange: "amq.fanout");
        Assert.Equal((uint)Queues, _channel.Ready("dead"));
        Assert.Equal(Enumerable.Range(0, Queues).Select(i => $"{i}").Order(), _channel.Drain("dead").Order());
    }

    [Fact]
    public void The_keys_of_BCC_lead_a_message_on_after_its_second_death_too()
    {
        _channel.DeclareQueue("bcc");
        _channel.Bind("bcc", "amq.direct", "bcc");
        _channel.DeclareQueue("second", arguments: Fields.Table("x-dead-letter-exchange=S:amq.direct"));
        _channel.DeclareExchange("on", "fanout");
        _channel.Bind("second", "on");
        _channel.DeclareQueue("first", arguments: Fields.Table("x-dead-letter-exchange=S:on"));
        _channel.Publish("first", "m", properties: p => p.SetHeaders(Fields.Table("BCC=A[S:bcc]")));
        _channel.Drain("bcc");
        _channel.Reject(_channel.Take("first"), requeue: false);
        _channel.Reject(_channel.Take("second"), requeue: false);
        Assert.Equal(["m"], _channel.Drain("bcc"));
    }

    [Fact]
    public void A_message_that_would_go_round_for_ever_is_dropped_unless_a_client_rejected_it()
    {
        _channel.DeclareQueue("loop", arguments: Fields.Table("x-message-ttl=I:10 x-dead-letter-exchange=S: x-dead-letter-routing-key=S:loop"));
        _channel.Publish("loop", "dropped");
        _broker.Advance(10);
        Assert.Equal(0u, _channel.Ready("loop"));
        _channel.Publish("loop", "rejected");
        for (int i = 1; i <= 3; i++)
        {
            Received got = _channel.Get("loop");
            Assert.Equal(i > 1 ? [$"loop {i - 1}"] : [], Summary(got));
            _channel.Reject(((BasicGetOk)got.Method).DeliveryTag, requeue: false);
        }
    }

    [Fact]
    public void A_missing_exchange_or_route_drops_the_message()
    {
        _channel.DeclareQueue("a", arguments: Fields.Table("x-dead-letter-exchange=S:missing"));
        _channel.DeclareQueue("b", arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:missing"));
        foreach (string queue in new[] { "a", "b" })
        {
            _channel.Publish(queue, "m");
            _channel.Reject(_channel.Take(queue), requeue: false);
            Assert.Equal(0u, _channel.DeclareQueue(queue, arguments: Fields.Table(queue == "a"
                ? "x-dead-letter-exchange=S:missing"
                : "x-dead-letter-exchange=S: x-dead-letter-routing-key=S:missing")).MessageCount);
        }

        _channel.Client.ExpectNothing();
    }

    [Fact]
    public void Purge_delete_and_the_end_of_a_lease_send_nothing_to_the_dead_letter_exchange()
    {
        foreach (string queue in new[] { "purged", "deleted", "expires" })
        {
            _channel.DeclareQueue(queue, arguments: Fields.Table("x-dead-letter-exchange=S:dlx x-expires=I:100"));
            _channel.Publish(queue, "m");
        }

        _channel.Purge("purged");
        _channel.DeleteQueue("deleted");
        _broker.Advance(1000);
        Assert.Equal(0u, _channel.Ready("dead"));
    }

    private static (string Reason, string Queue, string Exchange) Last(Received message) =>
        (Text(message, "x-last-death-reason"), Text(message, "x-last-death-queue"), Text(message, "x-last-death-exchange"));

    private void Publish(string exchange, string key, byte[] properties)
    {
        AmqpBroker.Core.Messages.Message message = TestChannel.NewMessage(exchange, key, "m");
        if (properties.Length > 0)
        {
            message.ReplaceProperties(properties);
        }

        _channel.Client.Run(b => b.Publish(_channel.Session, message, false, false));
    }

    private Received Reject(string queue, byte[] properties)
    {
        Publish("", queue, properties);
        _channel.Reject(_channel.Take(queue), requeue: false);
        return _channel.Get("dead", noAck: true);
    }

    private static FieldTable[] Deaths(Received message) =>
        message.Headers.TryGetValue("x-death", out FieldValue deaths) ? [.. deaths.AsArray().Select(d => d.AsTable())] : [];

    private static string[] Summary(Received message) =>
        [.. Deaths(message).Select(d => $"{Text(d, "queue")} {(d.TryGetValue("count", out FieldValue count) && count.TryGetInt64(out long n) ? n : 0)}")];

    private static string Text(Received message, string header) => Text(message.Headers, header);

    private static string Text(FieldTable table, string name) =>
        table.TryGetValue(name, out FieldValue value) ? value.AsString() : "";

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void More_bodies_than_a_batch_of_the_journal_holds_can_die_at_once()
    {
        const int Count = 70;
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareQueue("dead", durable: true);
        channel.DeclareQueue("transient", arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        string body = new('b', 16 * 1024 * 1024);
        for (int i = 0; i < Count; i++)
        {
            channel.Publish("transient", body, persistent: true);
            channel.Take("transient");
        }

        channel.Nack(0, multiple: true, requeue: false);
        Assert.Equal((uint)Count, channel.Ready("dead"));
    }
}
