using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Policies;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

public sealed class PolicyChoiceTests
{
    [Theory]
    [InlineData("", "any", true)]
    [InlineData("b", "abc", true)]
    [InlineData("^b", "abc", false)]
    [InlineData("^a.c$", "abc", true)]
    [InlineData("^a.c$", "xabc", false)]
    [InlineData("B", "abc", false)]
    [InlineData("^(?!amq\\.).*", "abc", true)]
    [InlineData("^(?!amq\\.).*", "amq.gen-1", false)]
    [InlineData("(.)\\1", "abba", true)]
    [InlineData("^..$", "ü", true)]
    [InlineData("ü", "grün", true)]
    [InlineData("^[^.]+\\.[^.]+$", "a.b", true)]
    public void A_pattern_matches_somewhere_in_the_bytes_of_a_name(string pattern, string name, bool matches) =>
        Assert.Equal(matches, NamePattern.Parse(pattern).IsMatch(ShortString.FromString(name).Bytes));

    /// <summary>As long as a thread waits that is not let on the processor: a policy must not depend on that.</summary>
    [Fact]
    public void A_pattern_that_takes_some_milliseconds_matches() =>
        Assert.True(NamePattern.Parse("^(?=a)(?:(a+)+c|a+b)$").IsMatch(ShortString.FromString(new string('a', 16) + "b").Bytes));

    [Fact]
    public void A_pattern_that_takes_too_long_does_not_match() =>
        Assert.False(NamePattern.Parse("^(?=x?)(a+)+\\1$").IsMatch(ShortString.FromString(new string('a', 200) + "!").Bytes));

    [Theory]
    [InlineData("all", "message-ttl", true, true, true)]
    [InlineData("queues", "message-ttl", true, true, false)]
    [InlineData("classic_queues", "message-ttl", true, false, false)]
    [InlineData("quorum_queues", "message-ttl", false, true, false)]
    [InlineData("streams", "message-ttl", false, false, false)]
    [InlineData("exchanges", "message-ttl", false, false, true)]
    [InlineData("all", "delivery-limit", true, true, true)]
    [InlineData("all", "queue-version", true, true, true)]
    [InlineData("all", "initial-cluster-size", false, false, true)]
    [InlineData("all", "target-group-size", false, true, true)]
    public void A_policy_is_for_what_its_target_and_its_keys_say(string target, string key, bool classic, bool quorum, bool exchanges)
    {
        Policy policy = Policing.Policy("p", target: target, definition: [(key, 1L)]);
        var set = new PolicySet();
        set.Put(policy);
        Assert.Equal(classic, set.ForQueue(QueueType.Classic, ShortString.FromString("a")).User is not null);
        Assert.Equal(quorum, set.ForQueue(QueueType.Quorum, ShortString.FromString("a")).User is not null);
        Assert.Equal(exchanges, set.ForExchange(ShortString.FromString("a")).User is not null);
    }

    [Fact]
    public void A_key_that_is_not_for_a_queues_type_hides_the_policy_and_the_next_one_holds()
    {
        var set = new PolicySet();
        set.Put(Policing.Policy("lazy", priority: 1L, definition: [("queue-mode", "lazy"), ("message-ttl", 5L)]));
        set.Put(Policing.Policy("plain"));
        Assert.Equal("lazy", set.ForQueue(QueueType.Classic, ShortString.FromString("a")).User!.Name);
        Assert.Equal("plain", set.ForQueue(QueueType.Quorum, ShortString.FromString("a")).User!.Name);
    }

    [Fact]
    public void The_highest_priority_holds_and_of_equals_the_first_by_name()
    {
        var set = new PolicySet();
        set.Put(Policing.Policy("b", priority: 1L));
        set.Put(Policing.Policy("a", priority: 1L));
        set.Put(Policing.Policy("c", priority: -1L));
        set.Put(Policing.Policy("other", pattern: "^x", priority: 9L));
        Assert.Equal("a", Holder());
        set.Put(Policing.Policy("c", priority: 1.5));
        Assert.Equal("c", Holder());
        Assert.True(set.Remove(PolicyKind.User, "c"));
        Assert.False(set.Remove(PolicyKind.User, "c"));
        Assert.True(set.Remove(PolicyKind.User, "a"));
        Assert.Equal("b", Holder());
        set.Put(Policing.Policy("b", pattern: "^x"));
        Assert.Null(Holder());

        string? Holder() => set.ForQueue(QueueType.Classic, ShortString.FromString("q")).User?.Name;
    }

    [Fact]
    public void One_policy_and_one_operator_policy_hold_and_are_shared_by_their_queues()
    {
        var set = new PolicySet();
        set.Put(Policing.Policy("u", definition: [("message-ttl", 1000L), ("max-length", 5L)]));
        set.Put(Policing.Policy("u", kind: PolicyKind.Operator, definition: [("message-ttl", 500L), ("expires", 9L)]));
        AppliedPolicies applied = set.ForQueue(QueueType.Classic, ShortString.FromString("q"));
        Assert.Equal((PolicyKind.User, PolicyKind.Operator), (applied.User!.Kind, applied.Operator!.Kind));
        Assert.Equal(["expires 9", "max-length 5", "message-ttl 500"], applied.Definition.Select(static e => $"{e.Name} {e.Value.AsInt64()}"));
        Assert.Same(applied, set.ForQueue(QueueType.Quorum, ShortString.FromString("other")));
        Assert.Null(set.ForExchange(ShortString.FromString("q")).Operator);
    }
}
