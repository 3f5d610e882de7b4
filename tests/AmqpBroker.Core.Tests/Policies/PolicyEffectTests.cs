using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

/// <summary>What follows when policies come, change and go while queues and exchanges are in use.</summary>
public sealed class PolicyEffectTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public PolicyEffectTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("dead");
    }

    [Fact]
    public async Task A_queue_takes_its_policies_when_it_is_declared_and_when_they_come()
    {
        _channel.DeclareQueue("a1");
        Assert.True(await _broker.PutAsync("p", "^a", ("max-length", 2L)));
        _channel.DeclareQueue("a2");
        _channel.DeclareQueue("b");
        foreach (string queue in (string[])["a1", "a2", "b"])
        {
            Publish(queue, 3);
        }

        Assert.Equal((2u, 2u, 3u), (_channel.Ready("a1"), _channel.Ready("a2"), _channel.Ready("b")));
        Assert.True(await _broker.DeleteAsync("p"));
        Publish("a1", 3);
        Assert.Equal(5u, _channel.Ready("a1"));
        Assert.False(await _broker.DeleteAsync("p"));
    }

    [Fact]
    public async Task A_smaller_length_drops_from_the_head_at_once_to_the_dead_letter_exchange_that_comes_with_it()
    {
        _channel.DeclareQueue("q");
        Publish("q", 5);
        await _broker.PutAsync("p", "^q$", ("max-length", 2L), ("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead"));
        Assert.Equal(["m0", "m1", "m2"], _channel.Drain("dead"));
        Assert.Equal(["m3", "m4"], _channel.Drain("q"));
    }

    [Fact]
    public async Task A_smaller_size_drops_from_the_head_at_once()
    {
        _channel.DeclareQueue("q");
        Publish("q", 5);
        await _broker.PutAsync("p", "^q$", ("max-length-bytes", 5L));
        Assert.Equal(["m3", "m4"], _channel.Drain("q"));
    }

    [Fact]
    public async Task A_queue_that_is_told_to_reject_publishes_drops_nothing_until_it_is_told_to_drop()
    {
        _channel.DeclareQueue("q");
        Publish("q", 3);
        await _broker.PutAsync("p", "^q$", ("max-length", 2L), ("overflow", "reject-publish"));
        Publish("q", 1);
        Assert.Equal(3u, _channel.Ready("q"));
        await _broker.PutAsync("p", "^q$", ("max-length", 2L));
        Assert.Equal(["m1", "m2"], _channel.Drain("q"));
    }

    [Fact]
    public async Task What_is_dropped_at_once_is_bounded_and_the_rest_follows()
    {
        _channel.DeclareQueue("q");
        for (int i = 0; i < 1200; i++)
        {
            _channel.Publish("q", "m");
        }

        await _broker.PutAsync("p", "^q$", ("max-length", 10L));
        Assert.InRange(_channel.Ready("q"), 11u, 700u);
        _channel.Publish("q", "m");
        for (int i = 0; i < 3; i++)
        {
            _broker.Advance(1);
        }

        Assert.Equal(10u, _channel.Ready("q"));
    }

    [Fact]
    public async Task A_time_to_live_is_for_what_comes_later_and_stays_with_it()
    {
        _channel.DeclareQueue("q");
        Publish("q", 1);
        await _broker.PutAsync("p", "^q$", ("message-ttl", 1000L));
        Publish("q", 1);
        await _broker.PutAsync("p", "^q$", ("message-ttl", 10L));
        _broker.Advance(500);
        Assert.Equal(2u, _channel.Ready("q"));
        Publish("q", 1);
        _broker.Advance(11);
        Assert.Equal(2u, _channel.Ready("q"));
        await _broker.DeleteAsync("p");
        _broker.Advance(500);
        Assert.Equal(1u, _channel.Ready("q"));
        _broker.Advance(1_000_000);
        Assert.Equal(1u, _channel.Ready("q"));
    }

    [Fact]
    public async Task The_lease_of_an_unused_queue_begins_when_a_policy_changes_for_it()
    {
        _channel.DeclareQueue("q");
        await _broker.PutAsync("p", "^q$", ("expires", 500L));
        _broker.Advance(300);
        await _broker.PutAsync("p", "^q$", ("expires", 500L), ("message-ttl", 5L));
        _broker.Advance(300);
        Assert.True(_broker.Host.FindQueue(TestChannel.Name("q")) is not null);
        _broker.Advance(201);
        Assert.Null(_broker.Host.FindQueue(TestChannel.Name("q")));
    }

    [Fact]
    public async Task The_lease_goes_on_when_the_same_is_put_again_or_something_for_others()
    {
        _channel.DeclareQueue("q");
        await _broker.PutAsync("p", "^q$", ("expires", 500L));
        _broker.Advance(300);
        Assert.False(await _broker.PutAsync("p", "^q$", ("expires", 500L)));
        await _broker.PutAsync("other", "^z$", ("expires", 50L));
        _broker.Advance(201);
        Assert.Null(_broker.Host.FindQueue(TestChannel.Name("q")));
    }

    [Fact]
    public async Task A_lease_ends_with_its_policy_and_the_argument_of_the_queue_comes_back()
    {
        _channel.DeclareQueue("q");
        _channel.DeclareQueue("own", arguments: Fields.Table("x-expires=I:2000"));
        await _broker.PutAsync("p", "^(q|own)$", ("expires", 500L));
        _broker.Advance(300);
        await _broker.DeleteAsync("p");
        _broker.Advance(1999);
        Assert.True(_broker.Host.FindQueue(TestChannel.Name("own")) is not null);
        _broker.Advance(2);
        Assert.Null(_broker.Host.FindQueue(TestChannel.Name("own")));
        Assert.True(_broker.Host.FindQueue(TestChannel.Name("q")) is not null);
    }

    [Fact]
    public async Task Dead_letters_go_where_the_policy_says_unless_the_queue_says_it_itself()
    {
        _channel.DeclareQueue("q");
        _channel.DeclareQueue("own", arguments: Fields.Table("x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead"));
        await _broker.PutAsync("p", "^(q|own)$", ("dead-letter-exchange", ""), ("dead-letter-routing-key", "elsewhere"));
        RejectOne("q");
        RejectOne("own");
        Assert.Equal(["own"], _channel.Drain("dead"));
        await _broker.PutAsync("p", "^(q|own)$", ("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead"));
        RejectOne("q");
        Assert.Equal(["q"], _channel.Drain("dead"));
        await _broker.DeleteAsync("p");
        RejectOne("q");
        Assert.Equal(0u, _channel.Ready("dead"));
    }

    [Fact]
    public async Task A_delivery_limit_counts_what_came_back_before_it()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "m");
        _channel.Nack(_channel.Take("q"));
        _channel.Nack(_channel.Take("q"));
        await _broker.PutAsync("p", "^q$", ("delivery-limit", 2L), ("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead"));
        Assert.Equal(1u, _channel.Ready("q"));
        _channel.Nack(_channel.Take("q"));
        Assert.Equal(["m"], _channel.Drain("dead"));
    }

    [Fact]
    public async Task A_consumer_timeout_is_the_queues()
    {
        _channel.DeclareQueue("q");
        await _broker.PutAsync("p", "^q$", ("consumer-timeout", 5000L));
        Assert.Equal(5000, _broker.Host.FindQueue(TestChannel.Name("q"))!.ConsumerTimeoutMs);
    }

    [Fact]
    public async Task An_alternate_exchange_comes_changes_and_goes_and_the_argument_wins()
    {
        _channel.DeclareExchange("x", "direct");
        _channel.DeclareExchange("own", "direct", arguments: Fields.Table("alternate-exchange=S:amq.direct"));
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.fanout");
        _channel.Publish("k", "lost", exchange: "x");
        await _broker.PutAsync("p", "^(x|own)$", ("alternate-exchange", "amq.fanout"));
        _channel.Publish("k", "saved", exchange: "x");
        _channel.Publish("k", "lost", exchange: "own");
        await _broker.PutAsync("p", "^(x|own)$", ("alternate-exchange", "amq.direct"));
        _channel.Publish("k", "lost", exchange: "x");
        await _broker.DeleteAsync("p");
        _channel.Publish("k", "lost", exchange: "x");
        Assert.Equal(["saved"], _channel.Drain("q"));
    }

    [Fact]
    public async Task The_default_exchange_has_no_alternate()
    {
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.fanout");
        await _broker.PutAsync("p", "", ("alternate-exchange", "amq.fanout"));
        _channel.Publish("nowhere", "lost");
        Assert.Equal(0u, _channel.Ready("q"));
    }

    [Fact]
    public async Task Operators_limits_hold_with_and_without_a_policy()
    {
        _channel.DeclareQueue("q");
        Publish("q", 6);
        await _broker.PutAsync("p", "^q$", ("max-length", 5L));
        Assert.Equal(5u, _channel.Ready("q"));
        await _broker.PutOperatorAsync("o", "^q$", ("max-length", 3L));
        Assert.Equal(3u, _channel.Ready("q"));
        await _broker.PutAsync("p", "^q$", ("max-length", 2L));
        Assert.Equal(2u, _channel.Ready("q"));
        await _broker.DeleteAsync("p");
        Publish("q", 3);
        Assert.Equal(3u, _channel.Ready("q"));
        await _broker.DeleteAsync("o", PolicyKind.Operator);
        Publish("q", 3);
        Assert.Equal(6u, _channel.Ready("q"));
    }

    [Fact]
    public async Task A_change_reaches_thousands_of_queues_over_many_turns()
    {
        for (int i = 0; i < 2000; i++)
        {
            _channel.DeclareQueue($"q{i}");
        }

        await _broker.PutAsync("p", "^q", ("max-length", 1L));
        Assert.All(
            Enumerable.Range(0, 2000), i => Assert.Equal(1, _broker.Host.FindQueue(TestChannel.Name($"q{i}"))!.Settings.MaxLength));
        await _broker.DeleteAsync("p");
        Assert.All(
            Enumerable.Range(0, 2000),
            i => Assert.Equal(QueueSettings.Unlimited, _broker.Host.FindQueue(TestChannel.Name($"q{i}"))!.Settings.MaxLength));
    }

    [Fact]
    public async Task Too_many_policies_are_refused_and_the_others_can_still_be_changed()
    {
        for (int i = 0; i < PolicySet.MaxPolicies; i++)
        {
            Assert.True(await _broker.PutAsync($"p{i}", "^none$", ("max-length", 1L)));
        }

        PolicyException e = await Assert.ThrowsAsync<PolicyException>(() => _broker.PutAsync("one more", "^none$", ("max-length", 1L)));
        Assert.Contains("limit of 1000 policies", e.Message, StringComparison.Ordinal);
        Assert.False(await _broker.PutAsync("p0", "^none$", ("max-length", 2L)));
        Assert.True(await _broker.PutOperatorAsync("o", "^none$", ("max-length", 1L)));
    }

    [Fact]
    public async Task Policies_are_listed_by_name_and_found()
    {
        await _broker.PutAsync(new PolicyRequest(PolicyKind.User, "b", "^b", Policing.Definition(("expires", 5L))) { Priority = 1L, ApplyTo = "queues" });
        await _broker.PutAsync("a", "", ("expires", 6L));
        IReadOnlyList<PolicyInfo> listed = await _broker.Runtime.Policies.ListAsync(PolicyKind.User, TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b"], listed.Select(static p => p.Name));
        PolicyInfo? b = await _broker.Runtime.Policies.FindAsync(PolicyKind.User, "b", TestContext.Current.CancellationToken);
        Assert.Equal(("/", "^b", "queues", 1.0), (b!.VirtualHost, b.Pattern, b.ApplyTo, b.Priority));
        Assert.Null(await _broker.Runtime.Policies.FindAsync(PolicyKind.Operator, "b", TestContext.Current.CancellationToken));
    }

    public void Dispose() => _broker.Dispose();

    private void Publish(string queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _channel.Publish(queue, $"m{i}");
        }
    }

    private void RejectOne(string queue)
    {
        _channel.Publish(queue, queue);
        _channel.Reject(_channel.Take(queue), requeue: false);
    }
}
