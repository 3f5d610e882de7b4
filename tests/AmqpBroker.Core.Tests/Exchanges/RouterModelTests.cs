using AmqpBroker.Core.Exchanges;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>Random graphs of exchanges, with cycles and alternate exchanges, against a plain walk with sets.</summary>
public class RouterModelTests
{
    private const int Size = 6;

    private static readonly Gen<Edge[]> s_edges =
        Gen.Select(Gen.Int[0, Size - 1], Gen.Int[0, Size - 1], Gen.Bool, Gen.OneOfConst("a", "b", "#", "a.*"), (source, destination, toQueue, key) =>
            new Edge(source, destination, toQueue, key)).Array[0, 20];

    // An alternate of Size does not exist, a negative one is none.
    private static readonly Gen<Node[]> s_nodes =
        Gen.Select(Gen.OneOfConst("direct", "fanout", "topic"), Gen.Int[-4, Size], (type, alternate) => new Node(type, alternate)).Array[Size];

    [Fact]
    public void Any_graph_of_exchanges_and_alternates_routes_as_a_plain_walk_does()
    {
        Gen.Select(s_nodes, s_edges, Gen.OneOfConst("a", "b", "a.b").Array[1, 3]).Sample((nodes, edges, keys) =>
        {
            var topology = new Topology();
            Exchange[] exchanges =
            [
                .. nodes.Select((n, i) => topology.Exchange(n.Type, $"x{i}", n.Alternate < 0 ? null : $"x{n.Alternate}")),
            ];
            TestQueue[] queues = [.. Enumerable.Range(0, Size).Select(i => topology.Queue($"q{i}"))];
            foreach (Edge edge in edges)
            {
                Destination destination = edge.ToQueue ? queues[edge.Destination] : exchanges[edge.Destination];
                exchanges[edge.Source].Bind(Topology.Binding(exchanges[edge.Source], destination, edge.Key));
            }

            for (int start = 0; start < Size; start++)
            {
                var expected = new SortedSet<string>();
                Walk(start, nodes, edges, keys, [], expected);

                string[] routed = topology.Route(exchanges[start], keys[0], "", keys[1..]);
                Assert.Equal(expected, routed.Order());
                Assert.Equal(routed, topology.Route(exchanges[start], keys[0], "", keys[1..]));
            }
        });
    }

    private static void Walk(int exchange, Node[] nodes, Edge[] edges, string[] keys, HashSet<int> seen, SortedSet<string> found)
    {
        if (exchange >= Size || !seen.Add(exchange))
        {
            return;
        }

        Edge[] matching = [.. edges.Where(e => e.Source == exchange && keys.Any(key => Matches(nodes[exchange].Type, e.Key, key)))];
        foreach (Edge edge in matching)
        {
            if (edge.ToQueue)
            {
                found.Add($"q{edge.Destination}");
            }
            else
            {
                Walk(edge.Destination, nodes, edges, keys, seen, found);
            }
        }

        if (matching.Length == 0 && nodes[exchange].Alternate >= 0)
        {
            Walk(nodes[exchange].Alternate, nodes, edges, keys, seen, found);
        }
    }

    private static bool Matches(string type, string bindingKey, string key) => type switch
    {
        "fanout" => true,
        "direct" => bindingKey == key,
        _ => TopicModel.Matches(bindingKey, key),
    };

    private sealed record Edge(int Source, int Destination, bool ToQueue, string Key);

    private sealed record Node(string Type, int Alternate);
}
