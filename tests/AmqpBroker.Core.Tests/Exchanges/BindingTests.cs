using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public class BindingTests
{
    [Theory]
    [InlineData("k", "", true)]
    [InlineData("other", "", false)]
    [InlineData("k", "a=I:1", false)]
    public void Binding_again_changes_nothing(string key, string arguments, bool same)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("direct", "x");
        TestQueue queue = topology.Queue("q");
        Topology.Bind(exchange, queue, "k");

        Assert.Equal(!same, exchange.Bind(Topology.Binding(exchange, queue, key, arguments)));
        Assert.Equal(same ? 1 : 2, exchange.Bindings.Count);
        Assert.Equal(same ? 1 : 2, queue.BindingsTo.Count);
    }

    [Theory]
    [InlineData("a=I:1 b=S:x", "b=S:x a=I:1", true)]
    [InlineData("a=l:1", "a=L:1", true)]
    [InlineData("a=I:1", "a=l:1", false)]
    [InlineData("a=I:1", "a=I:2", false)]
    [InlineData("a=I:1", "a=I:1 b=V", false)]
    public void Arguments_take_part_in_the_identity_whatever_their_order(string first, string second, bool same)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("headers", "x");
        TestQueue queue = topology.Queue("q");
        Topology.Bind(exchange, queue, "k", first);

        Assert.Equal(same, exchange.Unbind(Topology.Binding(exchange, queue, "k", second)));
        Assert.Equal(same ? 0 : 1, exchange.Bindings.Count);
    }

    [Fact]
    public void Source_and_destination_take_part_in_the_identity()
    {
        var topology = new Topology();
        Exchange x = topology.Exchange("fanout", "x");
        Exchange y = topology.Exchange("fanout", "y");
        TestQueue queue = topology.Queue("y");
        Topology.Bind(x, queue);
        Topology.Bind(x, y);
        Binding other = Topology.Bind(y, queue);

        Assert.Equal(2, x.Bindings.Count);
        Assert.Same(other, y.Find(Topology.Binding(y, queue)));
        Assert.Null(y.Find(Topology.Binding(y, x)));
        Assert.Throws<ArgumentException>(() => x.Bind(Topology.Binding(y, x)));
    }

    [Fact]
    public void Unbinding_what_is_not_bound_is_false()
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("direct", "x");

        Assert.False(exchange.Unbind(Topology.Binding(exchange, topology.Queue("q"), "k")));
        Assert.False(exchange.HadBinding);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void A_binding_is_durable_if_both_sides_are(bool source, bool destination, bool durable)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("direct", "x", durable: source);

        Assert.Equal(durable, Topology.Binding(exchange, topology.Queue("q", destination)).Durable);
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    [InlineData("headers")]
    public void Deleting_a_destination_takes_its_bindings_from_all_sources_and_no_others(string type)
    {
        var topology = new Topology();
        Exchange x = topology.Exchange(type, "x");
        Exchange y = topology.Exchange(type, "y");
        TestQueue gone = topology.Queue("gone");
        Topology.Bind(x, gone, "a");
        Topology.Bind(x, topology.Queue("stays"), "a");
        Topology.Bind(y, gone, "a");
        Topology.Bind(x, gone, "b");

        Assert.Equal([x, y, x], gone.UnbindAllTo().Select(binding => binding.Source));

        Assert.Empty(gone.BindingsTo);
        Assert.Equal(["stays"], topology.Route(x, "a"));
        Assert.Empty(topology.Route(y, "a"));
    }

    [Fact]
    public void Deleting_a_source_takes_its_bindings_from_the_destinations()
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("topic", "x");
        TestQueue queue = topology.Queue("q");
        Topology.Bind(exchange, queue, "a");
        Topology.Bind(exchange, queue, "b");

        Assert.Equal(2, exchange.UnbindAllFrom().Length);
        Assert.Empty(queue.BindingsTo);
        Assert.Empty(exchange.Bindings);
    }

    [Fact]
    public void An_auto_delete_exchange_is_due_only_after_it_had_a_binding()
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("direct", "x", autoDelete: true);
        Assert.False(exchange.IsAutoDeleteDue);

        Binding binding = Topology.Bind(exchange, topology.Queue("q"));
        Assert.False(exchange.IsAutoDeleteDue);

        exchange.Unbind(binding);
        Assert.True(exchange.IsAutoDeleteDue);
    }

    [Fact]
    public void Removing_a_hundred_thousand_bindings_of_one_key_one_by_one_does_not_look_through_the_others()
    {
        // With a search for each this is five thousand million steps, which no test run would sit through.
        var topology = new Topology();
        Exchange exchange = topology.Exchange("direct", "x");
        TestQueue[] queues = [.. Enumerable.Range(0, 100_000).Select(i => topology.Queue($"q{i}"))];
        foreach (TestQueue queue in queues)
        {
            Topology.Bind(exchange, queue, "k");
        }

        foreach (TestQueue queue in queues[1..])
        {
            exchange.RemoveAllTo(queue);
        }

        Assert.Equal(["q0"], topology.Route(exchange, "k"));
    }

    [Fact]
    public void Bindings_keep_their_order_through_any_binds_and_unbinds()
    {
        Gen.Int[0, 19].Array[0, 200].Sample(steps =>
        {
            var topology = new Topology();
            Exchange exchange = topology.Exchange("fanout", "x");
            TestQueue[] queues = [.. Enumerable.Range(0, 20).Select(i => topology.Queue($"q{i}"))];
            var expected = new List<string>();
            foreach (int step in steps)
            {
                Binding binding = Topology.Binding(exchange, queues[step]);
                string name = $"q{step}";
                if (expected.Remove(name))
                {
                    Assert.True(exchange.Unbind(binding));
                }
                else
                {
                    Assert.True(exchange.Bind(binding));
                    expected.Add(name);
                }

                Assert.Equal(expected, topology.Route(exchange));
                Assert.Equal(expected, exchange.Bindings.Select(b => b.Destination.Name.ToString()));
            }
        });
    }

    [Fact]
    public void An_unknown_exchange_type_closes_the_connection()
    {
        ConnectionException unknown = Assert.Throws<ConnectionException>(() => ExchangeTypes.Get(ShortString.FromString("x-foo")));
        Assert.Equal((ReplyCode.CommandInvalid, "unknown exchange type 'x-foo'"), (unknown.Code, unknown.Text));
        ConnectionException empty = Assert.Throws<ConnectionException>(() => ExchangeTypes.Get(ShortString.Empty));
        Assert.Equal("invalid exchange type ''", empty.Text);
        Assert.Equal(["direct", "fanout", "topic", "headers"], ExchangeTypes.All.Take(4).Select(type => type.ToString()));
    }
}
