using System.Globalization;
using AmqpBroker.Core.Policies;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

public sealed class PolicyValidationTests
{
    private const string Unknown = "are not recognised policy settings";

    public static TheoryData<string, object?, string> Refused => new()
    {
        { "alternate-exchange", 5L, "5 is not a valid alternate exchange name" },
        { "alternate-exchange", new string('a', 256), $"<<\"{new string('a', 256)}\">> is not a valid alternate exchange name" },
        { "dead-letter-exchange", null, "null is not a valid dead letter exchange name" },
        { "dead-letter-routing-key", true, "true is not a valid dead letter routing key" },
        { "dead-letter-strategy", "x", "<<\"x\">> is not a valid dead letter strategy" },
        { "message-ttl", -1L, "-1 is not a valid message TTL" },
        { "message-ttl", 1.5, "1.5 is not a valid message TTL" },
        { "message-ttl", "5", "<<\"5\">> is not a valid message TTL" },
        { "expires", 0L, "0 is not a valid queue expiry" },
        { "max-length", "", "<<>> is not a valid maximum length" },
        { "max-length-bytes", new object?[] { "a", 1L }, "[<<\"a\">>,1] is not a valid maximum length in bytes" },
        { "max-in-memory-length", -1L, "-1 is not a valid maximum memory in bytes" },
        { "delivery-limit", Policing.Definition(("b", 1L), ("a", false)), "#{<<\"a\">> => false,<<\"b\">> => 1} is not a valid delivery limit" },
        { "overflow", "drop-tail", "<<\"drop-tail\">> is not a valid overflow value" },
        { "consumer-timeout", -1L, "-1 is not a valid consumer timeout" },
        { "delayed-retry-type", "some", "<<\"some\">> is not a valid delayed retry type" },
        { "queue-mode", "eager", "<<\"eager\">> is not a valid queue-mode value" },
        { "queue-version", 3L, "3 is not a valid queue-version value" },
        { "queue-leader-locator", "x", "<<\"x\">> is not a valid queue leader locator value" },
        { "queue-master-locator", "x", "<<\"x\">> invalid queue-master-locator value" },
        { "initial-cluster-size", -1L, "-1 is not a valid cluster size" },
        { "max-age", "1X", "<<\"1X\">> is not a valid max age" },
        { "stream-max-segment-size-bytes", 3_000_000_001L, "3000000001 is not a valid segment size" },
        { "ha-mode", "some", "<<\"some\">> is not a valid ha-mode value" },
        { "message-tll", 5L, $"[{{<<\"message-tll\">>,5}}] {Unknown}" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_bad_value_is_named_in_RabbitMQs_words(string key, object? value, string fault)
    {
        PolicyException e = Assert.Throws<PolicyException>(() => PolicyValidation.Check(Policing.Request("", (key, value))));
        Assert.Equal($"Validation failed\n\n{fault}\n", e.Message);
    }

    [Theory]
    [InlineData("message-ttl", 0L)]
    [InlineData("message-ttl", long.MaxValue)]
    [InlineData("expires", 1L)]
    [InlineData("max-length", 0L)]
    [InlineData("delivery-limit", 0L)]
    [InlineData("alternate-exchange", "")]
    [InlineData("dead-letter-exchange", "x y")]
    [InlineData("overflow", "reject-publish-dlx")]
    [InlineData("queue-mode", "lazy")]
    [InlineData("queue-version", 2L)]
    [InlineData("ha-mode", "all")]
    [InlineData("queue-leader-locator", "balanced")]
    [InlineData("queue-master-locator", "min-masters")]
    [InlineData("initial-cluster-size", 3L)]
    [InlineData("max-age", "1D")]
    [InlineData("stream-max-segment-size-bytes", 1000L)]
    [InlineData("federation-upstream-set", "all")]
    [InlineData("consumer-timeout", 60_000L)]
    [InlineData("delayed-retry-max", 60_000L)]
    public void A_good_value_is_kept(string key, object value)
    {
        Policy policy = PolicyValidation.Check(Policing.Request("", (key, value)));
        Assert.True(policy.Definition.TryGetValue(key, out Protocol.FieldValue kept));
        Assert.Equal(value.ToString(), value is string ? kept.AsString() : kept.AsInt64().ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("expires", true)]
    [InlineData("message-ttl", true)]
    [InlineData("max-length", true)]
    [InlineData("max-length-bytes", true)]
    [InlineData("max-in-memory-length", true)]
    [InlineData("delivery-limit", true)]
    [InlineData("queue-version", true)]
    [InlineData("consumer-timeout", false)]
    [InlineData("initial-cluster-size", false)]
    public void Operators_set_limits_alone(string key, bool allowed)
    {
        var request = new PolicyRequest(PolicyKind.Operator, "o", "", Policing.Definition((key, 1L)));
        if (allowed)
        {
            Assert.Equal(PolicyKind.Operator, PolicyValidation.Check(request).Kind);
        }
        else
        {
            PolicyException e = Assert.Throws<PolicyException>(() => PolicyValidation.Check(request));
            Assert.Equal($"Validation failed\n\n[{{<<\"{key}\">>,1}}] {Unknown}\n", e.Message);
        }
    }

    [Fact]
    public void All_faults_are_told_the_definition_first()
    {
        PolicyRequest request = Policing.Request("(", ("message-ttl", -1L)) with { ApplyTo = "x", Priority = "a" };
        PolicyException e = Assert.Throws<PolicyException>(() => PolicyValidation.Check(request));
        Assert.Equal(
            "Validation failed\n\n-1 is not a valid message TTL\n"
            + "apply-to 'x' unrecognised; should be one of: 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'\n"
            + "pattern should be regular expression but is invalid: {\"missing )\",1}\n"
            + "priority should be a number, actually was <<\"a\">>\n",
            e.Message);
    }

    [Theory]
    [InlineData("(", "{\"missing )\",1}")]
    [InlineData("a)", "{\"unmatched parentheses\",1}")]
    [InlineData("*a", "{\"nothing to repeat\",0}")]
    [InlineData("a**", "{\"nothing to repeat\",2}")]
    [InlineData("[", "{\"missing terminating ] for character class\",1}")]
    [InlineData("[z-a]", "{\"range out of order in character class\",3}")]
    [InlineData("\\", "{\"\\\\ at end of pattern\",1}")]
    public void What_is_wrong_with_a_pattern_is_said_as_RabbitMQ_says_it(string pattern, string words)
    {
        PolicyException e = Assert.Throws<PolicyException>(() => PolicyValidation.Check(Policing.Request(pattern, ("expires", 1L))));
        Assert.Equal($"Validation failed\n\npattern should be regular expression but is invalid: {words}\n", e.Message);
    }

    [Fact]
    public void The_rest_of_what_can_be_wrong()
    {
        Refuses("no policy provided", Policing.Request(""));
        Refuses("definition must be a dictionary: [1]", Policing.Request("") with { Definition = new object?[] { 1L } });
        Refuses("pattern should be a binary but was 5", Policing.Request("", ("expires", 1L)) with { Pattern = 5L });
        Refuses(
            $"pattern is longer than {PolicyValidation.MaxPatternBytes} bytes",
            Policing.Request(new string('a', PolicyValidation.MaxPatternBytes + 1), ("expires", 1L)));
        Refuses(
            $"name is longer than {PolicyValidation.MaxNameBytes} bytes",
            Policing.Request("", ("expires", 1L)) with { Name = new string('n', PolicyValidation.MaxNameBytes + 1) });
        Refuses("priority should be a number, actually was null", Policing.Request("", ("expires", 1L)) with { Priority = null });

        static void Refuses(string fault, PolicyRequest request) => Assert.Equal(
            $"Validation failed\n\n{fault}\n", Assert.Throws<PolicyException>(() => PolicyValidation.Check(request)).Message);
    }

    [Fact]
    public void Unrecognised_settings_are_told_together_and_after_bad_values()
    {
        PolicyException e = Assert.Throws<PolicyException>(
            () => PolicyValidation.Check(Policing.Request("", ("z", 0L), ("a", -1L), ("expires", 5L))));
        Assert.Equal($"Validation failed\n\n[{{<<\"a\">>,-1}},{{<<\"z\">>,0}}] {Unknown}\n", e.Message);
        e = Assert.Throws<PolicyException>(() => PolicyValidation.Check(Policing.Request("", ("a", -1L), ("expires", 0L))));
        Assert.Equal("Validation failed\n\n0 is not a valid queue expiry\n", e.Message);
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_counts_and_keys_are_kept_in_order()
    {
        Policy policy = PolicyValidation.Check(Policing.Request("", ("max-length", 1L), ("expires", 5L), ("expires", 6L)));
        Assert.Equal(["expires 6", "max-length 1"], policy.Definition.Select(static e => $"{e.Name} {e.Value.AsInt64()}"));
    }
}
