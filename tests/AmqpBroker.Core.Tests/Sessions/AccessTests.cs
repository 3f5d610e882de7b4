using System.Diagnostics;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

/// <summary>What a session may do. Each operation with each right is compared with RabbitMQ elsewhere; here is what that cannot show.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestRules _rules = new();
    private readonly TestClient _client;
    private readonly TestChannel _channel;

    public AccessTests()
    {
        _client = _broker.Connect("u", rules: _rules);
        _channel = _client.OpenChannel();
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void What_is_refused_is_said_in_RabbitMQs_words()
    {
        _channel.DeclareQueue("q");
        _rules.Allow("", "", "");
        _channel.Send(new BasicGet(Name("q"), NoAck: true));
        _channel.ExpectClosed(ReplyCode.AccessRefused, "access to queue 'q' in vhost '/' refused for user 'u'");
        TestChannel other = Anew(2);
        other.Publish("q", "m");
        other.ExpectClosed(ReplyCode.AccessRefused, "access to exchange 'amq.default' in vhost '/' refused for user 'u'");
    }

    [Fact]
    public void A_change_takes_effect_with_the_next_command()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("q", "one");
        _rules.Allow(".*", "^$", ".*");
        _channel.Publish("q", "two");
        _channel.ExpectClosed(ReplyCode.AccessRefused);
        TestChannel other = Anew(2);
        _rules.Allow(".*", "default", ".*");
        other.Publish("q", "three");
        Assert.Equal(["one", "three"], other.Drain("q"));
        _rules.AllowNothing();
        other.Publish("q", "four");
        other.ExpectClosed(ReplyCode.AccessRefused);
    }

    [Fact]
    public void What_is_remembered_for_one_exchange_does_not_count_for_another()
    {
        _channel.DeclareQueue("q");
        _rules.Allow("", "^amq\\.(default|topic)$", ".*");
        _channel.Publish("q", "one");
        _channel.Publish("q", "two", exchange: "amq.topic");
        _channel.Publish("q", "three", exchange: "amq.fanout");
        _channel.ExpectClosed(ReplyCode.AccessRefused, "access to exchange 'amq.fanout' in vhost '/' refused for user 'u'");
    }

    [Fact]
    public void Names_without_number_are_checked_and_not_all_remembered()
    {
        _rules.Allow("^q[0-9]+$", "", "");
        for (int i = 0; i < 1000; i++)
        {
            _channel.DeclareQueue($"q{i}");
            _channel.DeclareQueue("q0");
        }

        _channel.Send(new QueueDeclare(Name("qx"), false, false, false, false, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.AccessRefused, "access to queue 'qx' in vhost '/' refused for user 'u'");
    }

    [Fact]
    public void Routing_keys_are_checked_on_topic_exchanges()
    {
        _rules.AllowTopics("amq.topic", "^{username}\\.", "");
        _rules.AllowTopics("amq.direct", "", "");
        _channel.SelectConfirms();
        _channel.Publish("u.a", "m", exchange: "amq.topic");
        _client.Expect<BasicAck>();
        _channel.Publish("u.a", "m", exchange: "amq.direct");
        _client.Expect<BasicAck>();
        _channel.Publish("v.a", "m", exchange: "amq.topic");
        _channel.ExpectClosed(ReplyCode.AccessRefused, "access to topic 'v.a' in exchange 'amq.topic' in vhost '/' refused for user 'u'");
    }

    [Fact]
    public void A_user_whose_name_spoils_the_pattern_may_use_no_key()
    {
        TestChannel odd = _broker.Connect("(", rules: _rules).OpenChannel();
        _rules.AllowTopics("amq.topic", "^{username}", "");
        odd.Publish("(", "m", exchange: "amq.topic");
        odd.ExpectClosed(ReplyCode.AccessRefused);
    }

    [Theory]
    [InlineData("b", "abc", true)]
    [InlineData("^b", "abc", false)]
    [InlineData("", "a", false)]
    [InlineData("", "", true)]
    [InlineData("^.$", "ü", false)]
    [InlineData("^..$", "ü", true)]
    [InlineData("^ü$", "ü", true)]
    [InlineData("a$", "a\n", true)]
    [InlineData("^(?!amq\\.)", "amq.x", false)]
    [InlineData("^(?!amq\\.)", "x", true)]
    [InlineData("(a)\\1", "aa", true)]
    [InlineData("^(a|b)+?$", "abab", true)]
    public void Patterns_are_matched_as_RabbitMQ_does(string pattern, string name, bool matches) =>
        Assert.Equal(matches, Permissions.Parse(pattern).IsMatch(Name(name).Bytes));

    [Fact]
    public void A_pattern_that_never_ends_refuses_in_little_time()
    {
        var pattern = Permissions.Parse("^(?=(a+)+$)x");
        long start = Stopwatch.GetTimestamp();
        Assert.False(pattern.IsMatch(Name(new string('a', 250) + "b").Bytes));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 2000);
    }

    [Fact]
    public void Exchanges_and_queues_are_limited()
    {
        int there = _broker.Host.Exchanges.Count;
        _broker.Host.Settings = new VirtualHostSettings { Limits = new VirtualHostQuota(null, 1, there + 1) };
        _channel.DeclareExchange("x", "fanout");
        _channel.DeclareExchange("x", "fanout");
        _channel.Send(new ExchangeDeclare(Name("y"), Name("fanout"), false, false, false, false, false, FieldTable.Empty));
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, $"cannot declare exchange 'y': exchange limit of {there + 1} is reached");
        TestChannel other = Anew(2);
        other.DeclareQueue("q");
        other.DeclareQueue("q");
        other.Send(new QueueDeclare(Name("r"), false, false, false, false, false, FieldTable.Empty));
        other.ExpectClosed(ReplyCode.PreconditionFailed, "cannot declare queue 'r': queue limit in vhost '/' (1) is reached");
    }

    [Fact]
    public void The_default_queue_type_holds_where_it_can()
    {
        _broker.Host.Settings = new VirtualHostSettings { DefaultQueueType = "quorum" };
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("q", durable: true, arguments: Fields.Table("x-queue-type=S:quorum"));
        _channel.DeclareQueue("transient");
        _channel.DeclareQueue("classic", durable: true, arguments: Fields.Table("x-queue-type=S:classic"));
        Assert.Equal("quorum", TypeOf("q"));
        Assert.Equal("classic", TypeOf("transient"));
        Assert.Equal("classic", TypeOf("classic"));
    }

    [Fact]
    public void Consumers_that_may_not_read_any_more_end_with_the_renewal_of_the_secret()
    {
        _channel.DeclareQueue("q");
        _channel.DeclareQueue("r");
        _channel.Consume("q", "on q");
        _channel.Consume("r", "on r");
        _rules.Allow(".*", ".*", "r");
        _client.Run(b => b.RenewUser(new User { Name = Name("u") }));
        _client.Expect<ConnectionUpdateSecretOk>();
        Assert.Equal("on q", _client.Expect<BasicCancel>().ConsumerTag.ToString());
        _channel.Publish("q", "m");
        _channel.Publish("r", "m");
        Assert.Equal("on r", _client.ExpectDelivery().ConsumerTag);
        _client.ExpectNothing();
    }

    [Fact]
    public void Publishing_where_it_is_allowed_costs_no_memory()
    {
        _rules.Allow("^$", "^amq\\.", "^$");
        var check = new AccessCheck(_rules, Name("u"), Name("/"));
        ShortString exchange = Name("amq.topic");
        check.Exchange(AccessKind.Write, exchange);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                check.Exchange(AccessKind.Write, exchange);
            }
        }));
    }

    private static ShortString Name(string name) => ShortString.FromString(name);

    private string TypeOf(string queue) => _broker.Host.FindQueue(Name(queue))!.Arguments.Type.ToString().ToLowerInvariant();

    private TestChannel Anew(ushort number) => _client.OpenChannel(number);
}
