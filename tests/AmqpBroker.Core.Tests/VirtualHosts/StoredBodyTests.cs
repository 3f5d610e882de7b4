using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>A record in the journal lives exactly as long as something refers to its body, across checkpoints.</summary>
public sealed class StoredBodyTests : IDisposable
{
    private const string ToDead = "x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead";

    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public StoredBodyTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("dead", durable: true);
        _channel.DeclareQueue("traffic", durable: true);
    }

    [Fact]
    public void A_queue_that_refuses_with_a_dead_letter_leaves_the_record_to_the_queue_that_took_it()
    {
        _channel.DeclareQueue("full", durable: true, arguments: Fields.Table("x-max-length=I:0 x-overflow=S:reject-publish-dlx " + ToDead));
        _channel.DeclareQueue("q", durable: true);
        _channel.Bind("full", "amq.fanout");
        _channel.Bind("q", "amq.fanout");
        _channel.Publish("", "kept", exchange: "amq.fanout", persistent: true);
        Assert.Equal(["kept"], _channel.Drain("dead"));
        Checkpoint();
        AssertAfterRestart("q", "kept");
    }

    [Fact]
    public void A_copy_in_a_transient_queue_can_be_stored_again_when_the_first_record_is_gone()
    {
        _channel.DeclareQueue("transient", arguments: Fields.Table(ToDead));
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:transient"));
        _channel.Publish("q", "kept", persistent: true);
        _channel.Reject(_channel.Take("q"), requeue: false);
        Checkpoint();
        _channel.Reject(_channel.Take("transient"), requeue: false);
        Checkpoint();
        AssertAfterRestart("dead", "kept");
    }

    [Fact]
    public void A_message_that_only_a_transient_queue_still_holds_is_stored_again_when_it_dies()
    {
        _channel.DeclareQueue("transient", arguments: Fields.Table(ToDead));
        _channel.DeclareQueue("q", durable: true);
        _channel.Bind("transient", "amq.fanout");
        _channel.Bind("q", "amq.fanout");
        _channel.Publish("", "kept", exchange: "amq.fanout", persistent: true);
        _channel.Drain("q");
        Checkpoint();
        _channel.Reject(_channel.Take("transient"), requeue: false);
        Checkpoint();
        AssertAfterRestart("dead", "kept");
    }

    [Fact]
    public void A_dead_letter_keeps_the_body_of_the_message_it_came_from()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table(ToDead));
        _channel.Publish("q", "kept", persistent: true);
        _channel.Reject(_channel.Take("q"), requeue: false);
        Checkpoint();
        AssertAfterRestart("dead", "kept");
    }

    [Fact]
    public void A_second_core_fed_with_the_journal_has_the_same_durable_state()
    {
        _channel.DeclareExchange("x", "topic", durable: true);
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-message-ttl=I:1000 x-max-length=I:20 " + ToDead));
        _channel.Bind("q", "x", "#");
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 7; i++)
            {
                _channel.Publish($"k{i}", new string('x', 100 * i), exchange: "x", persistent: i % 3 > 0);
            }

            _channel.Ack(_channel.Take("q"));
            _channel.Nack(_channel.Take("q"));
            _channel.Reject(_channel.Take("q"), requeue: false);
            _channel.Take("q");
            _broker.Advance(90);
            if (round == 12)
            {
                _channel.Purge("q");
            }

            Assert.Equal(DurableState.Hash(_broker.Host), _broker.HashOfSecondCore());
        }
    }

    [Fact]
    public void The_durable_state_tells_a_lost_message_a_changed_order_and_a_lost_return()
    {
        _channel.Publish("traffic", "a", persistent: true);
        _channel.Publish("traffic", "b", persistent: true);
        var seen = new HashSet<string> { DurableState.Hash(_broker.Host) };
        ulong tag = _channel.Take("traffic");
        Assert.True(seen.Add(DurableState.Hash(_broker.Host)));
        _channel.Nack(tag);
        Assert.True(seen.Add(DurableState.Hash(_broker.Host)));
        _channel.Drain("traffic");
        Assert.True(seen.Add(DurableState.Hash(_broker.Host)));
    }

    /// <summary>Enough traffic for two checkpoints, so that whatever does not live is dropped.</summary>
    private void Checkpoint()
    {
        for (int i = 0; i < 100; i++)
        {
            _channel.Publish("traffic", new string('t', 200), persistent: true);
            _channel.Get("traffic", noAck: true);
        }
    }

    private void AssertAfterRestart(string queue, string body)
    {
        using TestBroker again = _broker.Restart();
        Assert.Equal([body], again.Connect().OpenChannel().Drain(queue));
    }

    public void Dispose() => _broker.Dispose();
}
