using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public class RouterTests
{
    [Fact]
    public void The_default_exchange_leads_to_the_queue_of_that_name()
    {
        var topology = new Topology();
        topology.Queue("a");
        topology.Queue("b");

        Assert.Equal(["a"], topology.Route(topology.Default, "a"));
        Assert.Empty(topology.Route(topology.Default, "none"));
        Assert.Equal(["b", "a"], topology.Route(topology.Default, "none", "", "b", "a", "b"));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("topic")]
    [InlineData("fanout")]
    public void A_queue_gets_one_copy_however_many_bindings_and_keys_lead_to_it(string type)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange(type, "x");
        TestQueue queue = topology.Queue("q");
        Topology.Bind(exchange, queue, "a");
        Topology.Bind(exchange, queue, "a", "n=I:1");
        Topology.Bind(exchange, queue, "b");

        Assert.Equal(["q"], topology.Route(exchange, "a", "", "b", "a"));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("topic")]
    public void Extra_keys_lead_on_as_the_routing_key_does(string type)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange(type, "x");
        foreach (string name in new[] { "a", "b", "c" })
        {
            Topology.Bind(exchange, topology.Queue(name), name);
        }

        Assert.Equal(["c", "a"], topology.Route(exchange, "c", "", "a", "nowhere"));
    }

    [Fact]
    public void A_chain_and_a_cycle_of_exchanges_end()
    {
        var topology = new Topology();
        Exchange a = topology.Exchange("fanout", "a");
        Exchange b = topology.Exchange("fanout", "b");
        Topology.Bind(a, b);
        Topology.Bind(b, a);
        Topology.Bind(b, b);
        Topology.Bind(b, topology.Queue("q"));

        Assert.Equal(["q"], topology.Route(a));
        Assert.Equal(["q"], topology.Route(b));
    }

    [Fact]
    public void The_alternate_exchange_gets_only_what_the_exchange_itself_matches_nothing_for()
    {
        var topology = new Topology();
        Exchange main = topology.Exchange("direct", "main", alternate: "other");
        Topology.Bind(main, topology.Queue("matched"), "k");
        Topology.Bind(topology.Exchange("fanout", "other"), topology.Queue("unmatched"));

        Assert.Equal(["matched"], topology.Route(main, "k"));
        Assert.Equal(["unmatched"], topology.Route(main, "none"));
    }

    // Tried on RabbitMQ 3.10.8.
    [Fact]
    public void An_exchange_that_matches_an_exchange_has_matched_even_if_that_leads_nowhere()
    {
        var topology = new Topology();
        Exchange main = topology.Exchange("direct", "main", alternate: "other");
        Topology.Bind(main, topology.Exchange("direct", "dead"), "k");
        Topology.Bind(topology.Exchange("fanout", "other"), topology.Queue("q"));

        Assert.Empty(topology.Route(main, "k"));
    }

    // Tried on RabbitMQ 3.10.8.
    [Fact]
    public void An_exchange_that_matches_only_itself_has_matched()
    {
        var topology = new Topology();
        Exchange main = topology.Exchange("direct", "main", alternate: "other");
        Topology.Bind(main, main, "k");
        Topology.Bind(topology.Exchange("fanout", "other"), topology.Queue("q"));

        Assert.Empty(topology.Route(main, "k"));
    }

    // Tried on RabbitMQ 3.10.8.
    [Fact]
    public void The_default_exchange_as_an_alternate_leads_nowhere()
    {
        var topology = new Topology();
        topology.Queue("q");

        Assert.Empty(topology.Route(topology.Exchange("direct", "main", alternate: ""), "q"));
    }

    [Fact]
    public void Alternates_chain_and_end_in_cycles_and_need_not_exist()
    {
        var topology = new Topology();
        Exchange a = topology.Exchange("direct", "a", alternate: "b");
        Exchange b = topology.Exchange("direct", "b", alternate: "c");
        Exchange c = topology.Exchange("direct", "c", alternate: "a");
        Topology.Bind(c, topology.Queue("q"), "k");

        Assert.Equal(["q"], topology.Route(a, "k"));
        Assert.Empty(topology.Route(b, "none"));
        Assert.Empty(topology.Route(topology.Exchange("direct", "d", alternate: "missing"), "k"));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    [InlineData("headers")]
    public void Routing_allocates_nothing_once_the_buffers_have_grown(string type)
    {
        var topology = new Topology();
        Exchange first = topology.Exchange(type, "first");
        Exchange second = topology.Exchange(type, "second", alternate: "last");
        Exchange last = topology.Exchange("fanout", "last");
        Topology.Bind(first, second, "a.b", "h=I:1");
        for (int i = 0; i < 20; i++)
        {
            Topology.Bind(first, topology.Queue($"f{i}"), "a.b", "h=I:1");
            Topology.Bind(last, topology.Queue($"l{i}"));
        }

        ShortString key = ShortString.FromString("a.b");
        ShortString[] extra = [ShortString.FromString("x.y")];
        byte[] headers = Fields.Raw("g=A[I:1] h=I:1 i=S:text");
        var result = new RouteResult();
        topology.Router.Route(first, new RoutingInput(key, headers, extra), result);
        Assert.Equal(40, result.Count);

        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                topology.Router.Route(first, new RoutingInput(key, headers, extra), result);
            }
        }));
    }

    [Fact]
    public void A_cleared_result_has_no_queue()
    {
        var topology = new Topology();
        TestQueue queue = topology.Queue("q");
        var result = new RouteResult();
        topology.Router.Route(topology.Default, new RoutingInput(queue.Name), result);
        Assert.Same(queue, result[0]);

        result.Clear();
        Assert.Equal(0, result.Count);
        Assert.Throws<IndexOutOfRangeException>(() => result[0]);
    }
}
