using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public sealed class ConsistentHashTests
{
    private const int Keys = 20_000;

    [Fact]
    public void Each_queue_gets_its_weights_part_of_the_keys()
    {
        Gen.Int[1, 20].Array[1, 8].Sample(
            weights =>
            {
                var topology = new Topology();
                Exchange exchange = WithQueues(topology, weights);
                int[] counts = new int[weights.Length];
                foreach (string queue in Owners(topology, exchange))
                {
                    counts[int.Parse(queue[1..], null)]++;
                }

                for (int i = 0; i < weights.Length; i++)
                {
                    double share = (double)weights[i] / weights.Sum();

                    // Six times the standard deviation of choosing the buckets, and then the keys, at random.
                    double deviation = Math.Sqrt(share * (1 - share) * ((1.0 / HashBuckets.Count) + (1.0 / Keys)));
                    Assert.InRange((double)counts[i] / Keys, share - (6 * deviation), share + (6 * deviation));
                }
            },
            iter: 30);
    }

    [Fact]
    public void A_new_binding_takes_keys_for_itself_and_moves_no_other()
    {
        Gen.Select(Gen.Int[1, 20].Array[1, 8], Gen.Int[1, 20]).Sample(
            (weights, added) =>
            {
                var topology = new Topology();
                Exchange exchange = WithQueues(topology, weights);
                string[] before = Owners(topology, exchange);
                Topology.Bind(exchange, topology.Queue("new"), $"{added}");
                string[] after = Owners(topology, exchange);
                Assert.All(before.Zip(after), pair => Assert.True(pair.Second == "new" || pair.Second == pair.First));
                Assert.Contains("new", after);
            },
            iter: 30);
    }

    [Fact]
    public void What_a_binding_leaves_behind_is_divided_and_nothing_else_moves()
    {
        Gen.Select(Gen.Int[1, 20].Array[2, 8], Gen.Int[0, 7]).Sample(
            (weights, index) =>
            {
                int gone = index % weights.Length;
                var topology = new Topology();
                Exchange exchange = WithQueues(topology, weights);
                string[] before = Owners(topology, exchange);
                Binding binding = exchange.Bindings.ElementAt(gone);
                exchange.Unbind(binding);
                string[] after = Owners(topology, exchange);
                Assert.All(before.Zip(after), pair => Assert.True(pair.First == $"q{gone}" ? pair.Second != pair.First : pair.Second == pair.First));
                exchange.Bind(binding);
                Assert.Equal(before, Owners(topology, exchange));
            },
            iter: 30);
    }

    [Fact]
    public void A_key_always_goes_to_the_same_queue_whatever_the_order_of_the_bindings_in_another_process_too()
    {
        var one = new Topology();
        Exchange first = WithQueues(one, 1, 2, 3);
        var other = new Topology();
        Exchange second = other.Exchange("x-consistent-hash", "another name");
        foreach (int i in new[] { 2, 0, 1 })
        {
            Topology.Bind(second, other.Queue($"q{i}"), $"{i + 1}");
        }

        Assert.Equal(Owners(one, first), Owners(other, second));

        // Fixed for good: a message of before an upgrade is in the queue that the next one of its key goes to.
        string[] keys = ["", "a", "order-17", "order-18", "a key of more than eight bytes"];
        Assert.Equal("q2 q2 q2 q1 q1", string.Join(' ', keys.Select(key => Assert.Single(one.Route(first, key)))));
    }

    [Fact]
    public void A_message_goes_to_one_queue_by_its_routing_key_alone()
    {
        var topology = new Topology();
        Exchange exchange = WithQueues(topology, 1, 1, 1);
        string owner = Assert.Single(topology.Route(exchange, "k"));
        Assert.Equal([owner], topology.Route(exchange, "k", "h=I:1", "carbon", "copy"));
        Assert.Empty(topology.Route(topology.Exchange("x-consistent-hash", "unbound"), "k"));
    }

    [Fact]
    public void A_header_is_hashed_instead_with_hash_header_whole_numbers_by_their_value()
    {
        var topology = new Topology();
        Exchange exchange = WithQueues(topology, "hash-header=S:id", 1, 1, 1, 1, 1);
        var owners = new HashSet<string>();
        for (int i = 0; i < 100; i++)
        {
            string owner = Assert.Single(topology.Route(exchange, "k", $"id=I:{i}"));
            Assert.Equal([owner], topology.Route(exchange, "other", $"a=S:b id=l:{i}"));
            owners.Add(owner);
            owners.Add(Assert.Single(topology.Route(exchange, "k", $"id=S:{i}")));
        }

        Assert.Equal(5, owners.Count);
        Assert.Equal(topology.Route(exchange, "k"), topology.Route(exchange, "l", "other=I:1"));
    }

    [Theory]
    [InlineData("message_id", BasicProperty.MessageId)]
    [InlineData("correlation_id", BasicProperty.CorrelationId)]
    [InlineData("timestamp", BasicProperty.Timestamp)]
    public void A_property_is_hashed_instead_with_hash_property(string name, BasicProperty property)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-consistent-hash", arguments: Fields.Table($"hash-property=S:{name}"));
        string[] queues = ["a", "b", "c"];
        foreach (string queue in queues)
        {
            channel.DeclareQueue(queue);
            channel.Bind(queue, "x", "1");
        }

        for (int i = 0; i < 40; i++)
        {
            for (int copy = 0; copy < 2; copy++)
            {
                channel.Publish($"{i}.{copy}", $"{i}", exchange: "x", properties: p => _ = property == BasicProperty.Timestamp
                    ? p.SetTimestamp((ulong)i)
                    : p.Set(property, ShortString.FromString($"{i}")));
            }
        }

        string[][] contents = [.. queues.Select(channel.Drain)];
        Assert.Equal(80, contents.Sum(c => c.Length));
        Assert.All(contents, content => Assert.NotEmpty(content));
        Assert.All(contents, content => Assert.All(content.GroupBy(b => b), group => Assert.Equal(2, group.Count())));
    }

    [Theory]
    [InlineData("a", "The binding key must be an integer: <<\"a\">>")]
    [InlineData("", "The binding key must be an integer: <<>>")]
    [InlineData("1.5", "The binding key must be an integer: <<\"1.5\">>")]
    [InlineData("-", "The binding key must be an integer: <<\"-\">>")]
    [InlineData("0", "The binding key must be greater than 0")]
    [InlineData("-3", "The binding key must be greater than 0")]
    public void A_binding_key_is_a_weight(string key, string text)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.DeclareExchange("x", "x-consistent-hash");
        channel.DeclareQueue("q");
        channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("x"), TestChannel.Name(key), NoWait: false, FieldTable.Empty));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("+7")]
    [InlineData("007")]
    [InlineData("100000000000000000000000000")]
    public void A_weight_may_be_of_any_size(string key)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("x-consistent-hash", "x");
        exchange.CheckBinding(ShortString.FromString(key), FieldTable.Empty);
        Topology.Bind(exchange, topology.Queue("q"), key);
        Assert.Equal(["q"], topology.Route(exchange, "any"));
    }

    [Theory]
    [InlineData("hash-header=S:a hash-property=S:message_id", "hash-header and hash-property are mutually exclusive")]
    [InlineData("hash-property=S:app_id", "Unsupported property: app_id")]
    [InlineData("hash-header=I:1", "invalid type 'signedint' for arg 'hash-header' in exchange 'x' in vhost '/'")]
    [InlineData("hash-property=t:1", "invalid type 'bool' for arg 'hash-property' in exchange 'x' in vhost '/'")]
    public void Arguments_that_say_what_is_hashed_are_checked(string arguments, string text)
    {
        using var broker = new TestBroker();
        TestChannel channel = broker.Connect().OpenChannel();
        channel.Send(new ExchangeDeclare(
            TestChannel.Name("x"), TestChannel.Name("x-consistent-hash"), Passive: false, Durable: false, AutoDelete: false, Internal: false, NoWait: false, Fields.Table(arguments)));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, text);
    }

    [Fact]
    public void The_oldest_of_several_bindings_to_a_queue_gives_its_weight_and_the_next_follows_it()
    {
        var topology = new Topology();
        Exchange exchange = WithQueues(topology, 1, 1);
        string[] even = Owners(topology, exchange);
        Binding heavy = Topology.Bind(exchange, topology.Queue("heavy"), "1000");
        Topology.Bind(exchange, heavy.Destination, "1");
        Assert.InRange(Owners(topology, exchange).Count(o => o == "heavy"), Keys * 99 / 100, Keys);

        exchange.Unbind(heavy);
        Assert.InRange(Owners(topology, exchange).Count(o => o == "heavy"), Keys * 30 / 100, Keys * 37 / 100);

        exchange.RemoveAllTo(heavy.Destination);
        Assert.Equal(even, Owners(topology, exchange));
    }

    private static Exchange WithQueues(Topology topology, params int[] weights) => WithQueues(topology, "", weights);

    private static Exchange WithQueues(Topology topology, string arguments, params int[] weights)
    {
        Exchange exchange = topology.Exchange("x-consistent-hash", "x", arguments: arguments);
        for (int i = 0; i < weights.Length; i++)
        {
            Topology.Bind(exchange, topology.Queue($"q{i}"), $"{weights[i]}");
        }

        return exchange;
    }

    /// <summary>The queue of each of many keys.</summary>
    private static string[] Owners(Topology topology, Exchange exchange) =>
        [.. Enumerable.Range(0, Keys).Select(i => Assert.Single(topology.Route(exchange, $"key {i}")))];
}
