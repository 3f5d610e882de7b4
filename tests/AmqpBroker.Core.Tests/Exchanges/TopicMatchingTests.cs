using AmqpBroker.Core.Exchanges;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public class TopicMatchingTests
{
    private static readonly Gen<string> s_words =
        Gen.OneOfConst("a", "b", "", "*", "#").Array[0, 5].Select(words => string.Join('.', words));

    // Each row was tried on RabbitMQ 3.10.8.
    [Theory]
    [InlineData("#", "", true)]
    [InlineData("*", "", false)]
    [InlineData("", "", true)]
    [InlineData("*.*", ".", true)]
    [InlineData("#.#", "", true)]
    [InlineData("a.#", "a", true)]
    [InlineData("*.#", "", false)]
    [InlineData("*", "*", true)]
    [InlineData("#", "#", true)]
    [InlineData("a.*", "a.", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("", "a", false)]
    [InlineData(".", ".", true)]
    [InlineData("a.#.#.b", "a.b", true)]
    [InlineData("*.#.*", "a.", true)]
    [InlineData("#.*", "", false)]
    public void Star_is_one_word_and_hash_any_number_of_words(string pattern, string key, bool matches)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("topic", "t");
        Topology.Bind(exchange, topology.Queue("q"), pattern);

        Assert.Equal(matches ? ["q"] : [], topology.Route(exchange, key));
        Assert.Equal(matches, TopicModel.Matches(pattern, key));
    }

    [Fact]
    public void Any_patterns_match_as_each_alone_does_also_after_some_were_unbound()
    {
        Gen.Select(s_words.Array[1, 30], Gen.Bool.Array[30], s_words.Array[1, 10]).Sample((patterns, stays, keys) =>
        {
            var topology = new Topology();
            Exchange exchange = topology.Exchange("topic", "t");
            Binding[] bindings = [.. patterns.Select((pattern, i) => Topology.Bind(exchange, topology.Queue($"q{i}"), pattern))];
            for (int i = 0; i < bindings.Length; i++)
            {
                Assert.True(stays[i] || exchange.Unbind(bindings[i]));
            }

            foreach (string key in keys)
            {
                var expected = bindings
                    .Where((b, i) => stays[i] && TopicModel.Matches(b.RoutingKey.ToString(), key))
                    .Select(b => b.Destination.Name.ToString());
                Assert.Equal(expected.Order(), topology.Route(exchange, key).Order());
            }
        });
    }

    [Fact]
    public void Unbinding_everything_leaves_no_part_of_the_patterns()
    {
        s_words.Array[1, 30].Sample(patterns =>
        {
            var topology = new Topology();
            var exchange = (TopicExchange)topology.Exchange("topic", "t");
            TestQueue queue = topology.Queue("q");
            foreach (string pattern in patterns)
            {
                exchange.Bind(Topology.Binding(exchange, queue, pattern));
            }

            Assert.False(exchange.Patterns.IsEmpty);
            exchange.RemoveAllTo(queue);
            Assert.True(exchange.Patterns.IsEmpty);
            Assert.Empty(exchange.Bindings);
        });
    }

    [Fact]
    public void Many_hashes_in_a_pattern_do_not_multiply_the_work()
    {
        var topology = new Topology();
        var exchange = (TopicExchange)topology.Exchange("topic", "t");
        const int Hashes = 40;
        const int Words = 120;
        Topology.Bind(exchange, topology.Queue("q"), string.Join('.', Enumerable.Repeat("#.a", Hashes)) + ".#.b");

        Assert.Empty(topology.Route(exchange, string.Join('.', Enumerable.Repeat("a", Words))));

        // At most every node of the pattern (and the root) at the start and after every word.
        Assert.InRange(exchange.Patterns.NodesReached, Words, (Words + 1) * ((2 * Hashes) + 3));
    }

    [Fact]
    public void Fifty_thousand_bindings_cost_a_route_no_more_steps_than_fifty()
    {
        long few = StepsOfRoute(bindings: 50);
        long many = StepsOfRoute(bindings: 50_000);

        Assert.InRange(many, 1, few);
    }

    [Fact]
    public void Queues_come_in_the_order_in_which_they_were_bound_to_a_pattern()
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("topic", "t");
        string[] names = [.. Enumerable.Range(0, 100).Select(i => $"q{i * 37 % 100}")];
        Binding[] bindings = [.. names.Select(name => Topology.Bind(exchange, topology.Queue(name), "a.*"))];
        for (int i = 0; i < 100; i += 3)
        {
            exchange.Unbind(bindings[i]);
        }

        Assert.Equal(names.Where((_, i) => i % 3 != 0), topology.Route(exchange, "a.b"));
    }

    private static long StepsOfRoute(int bindings)
    {
        var topology = new Topology();
        var exchange = (TopicExchange)topology.Exchange("topic", "t");
        for (int i = 0; i < bindings; i++)
        {
            string pattern = (i % 3) switch { 0 => $"device.d{i}.#", 1 => $"device.d{i}.*.state", _ => $"#.s{i}" };
            Topology.Bind(exchange, topology.Queue($"q{i}"), pattern);
        }

        long before = exchange.Patterns.NodesReached;
        Assert.Equal(["q3"], topology.Route(exchange, "device.d3.x.y"));
        return exchange.Patterns.NodesReached - before;
    }
}
