using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>The types that lead a message by one of their bindings: at random, or by a hash of its keys.</summary>
public sealed class ChoosingExchangeTests
{
    [Theory]
    [InlineData("x-random")]
    [InlineData("x-local-random")]
    public void A_random_exchange_gives_each_queue_about_as_much(string type)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange(type, "x");
        for (int i = 0; i < 8; i++)
        {
            Topology.Bind(exchange, topology.Queue($"q{i}"));
        }

        // Holes in the list of bindings must not favour who stands behind them.
        exchange.RemoveAllTo(exchange.Bindings.ElementAt(2).Destination);
        exchange.RemoveAllTo(exchange.Bindings.ElementAt(2).Destination);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 6000; i++)
        {
            string queue = Assert.Single(topology.Route(exchange, $"{i}"));
            counts[queue] = counts.GetValueOrDefault(queue) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1150));
    }

    [Theory]
    [InlineData("x-random")]
    [InlineData("x-modulus-hash")]
    public void Without_a_binding_nothing_matches_and_the_alternate_exchange_gets_the_message(string type)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange(type, "x", alternate: "other");
        Topology.Bind(topology.Exchange("fanout", "other"), topology.Queue("q"));
        Assert.Equal(["q"], topology.Route(exchange, "k"));
    }

    [Fact]
    public void A_local_random_exchange_takes_no_binding_keys_and_no_exchanges()
    {
        using var broker = new TestBroker();
        TestClient client = broker.Connect();
        TestChannel channel = client.OpenChannel();
        channel.DeclareExchange("x", "x-local-random");
        channel.DeclareQueue("q");
        channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name("x"), TestChannel.Name("k"), NoWait: false, FieldTable.Empty));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, "Non empty binding 'k' key not permitted");

        channel = client.OpenChannel(2);
        channel.Send(new ExchangeBind(TestChannel.Name("amq.fanout"), TestChannel.Name("x"), ShortString.Empty, NoWait: false, FieldTable.Empty));
        channel.ExpectClosed(ReplyCode.PreconditionFailed, "Destination not found");
    }

    [Fact]
    public void A_modulus_hash_leads_a_key_always_to_the_same_queue_and_many_keys_to_all()
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("x-modulus-hash", "x");
        for (int i = 0; i < 5; i++)
        {
            Topology.Bind(exchange, topology.Queue($"q{i}"), $"any key {i}");
        }

        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 5000; i++)
        {
            string queue = Assert.Single(topology.Route(exchange, $"k{i}"));
            Assert.Equal([queue], topology.Route(exchange, $"k{i}"));
            counts[queue] = counts.GetValueOrDefault(queue) + 1;
        }

        Assert.Equal(5, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1150));

        exchange.RemoveAllTo(exchange.Bindings.First().Destination);
        Assert.DoesNotContain("q0", Enumerable.Range(0, 100).Select(i => Assert.Single(topology.Route(exchange, $"k{i}"))));
    }

    [Theory]
    [InlineData("x-consistent-hash", "")]
    [InlineData("x-consistent-hash", "hash-header=S:h")]
    [InlineData("x-random", "")]
    [InlineData("x-modulus-hash", "")]
    public void Choosing_allocates_nothing(string type, string arguments)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange(type, "x", arguments: arguments);
        for (int i = 0; i < 20; i++)
        {
            Topology.Bind(exchange, topology.Queue($"q{i}"), "1");
        }

        ShortString key = ShortString.FromString("a.b");
        byte[] headers = Fields.Raw("g=A[I:1] h=I:1 i=S:text");
        var result = new RouteResult();
        topology.Router.Route(exchange, new RoutingInput(key, headers), result);
        Assert.Equal(1, result.Count);

        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                topology.Router.Route(exchange, new RoutingInput(key, headers), result);
            }
        }));
    }
}
