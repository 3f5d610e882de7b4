using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Snapshots;

/// <summary>A list that is read over many turns misses nothing that is there all the while, whatever comes and goes meanwhile.</summary>
public sealed class WalkTests
{
    private const int Count = 2000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Queues_that_stay_are_all_met(int seed)
    {
        using var broker = new TestBroker();
        var random = new Random(seed);
        MessageQueue[] stay = [.. Enumerable.Range(0, Count).Select(i => Add(broker.Host, $"stay-{i}"))];
        List<MessageQueue> go = [.. Enumerable.Range(0, Count).Select(i => Add(broker.Host, $"go-{i}"))];
        var met = new HashSet<MessageQueue>();
        int turns = 0;
        var walk = new DestinationWalk<MessageQueue>(queue => met.Add(queue));
        while (walk.Continue(broker.Host.QueueRegistry))
        {
            turns++;
            for (int i = random.Next(200); i > 0 && go.Count > 0; i--)
            {
                int which = random.Next(go.Count);
                broker.Host.Delete(go[which]);
                go.RemoveAt(which);
            }

            for (int i = random.Next(20); i > 0; i--)
            {
                go.Add(Add(broker.Host, $"new-{turns}-{i}"));
            }
        }

        Assert.True(turns > Count / DestinationWalk<MessageQueue>.VisitsPerTurn);
        Assert.Subset(met, stay.ToHashSet());
        Assert.Equal(broker.Host.Queues.Count, broker.Host.QueueRegistry.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bindings_that_stay_are_all_met(int seed)
    {
        using var broker = new TestBroker();
        var random = new Random(seed);
        MessageQueue queue = Add(broker.Host, "q");
        Exchange[] exchanges = [.. new[] { "amq.direct", "amq.topic", "amq.fanout" }.Select(n => broker.Host.FindExchange(Name(n))!)];
        Binding[] all = [.. Enumerable.Range(0, Count).Select(i => new Binding(exchanges[i % exchanges.Length], queue, Name($"k{i}"), FieldTable.Empty))];
        Array.ForEach(all, b => broker.Host.Bind(b));
        random.Shuffle(all);
        Binding[] stay = all[..(Count / 4)];
        var go = new Stack<Binding>(all[(Count / 4)..]);
        var met = new HashSet<Binding>();
        var walk = new BindingWalk(binding => met.Add(binding));
        int turns = 0;
        while (walk.Continue(broker.Host.ExchangeRegistry))
        {
            turns++;
            for (int i = random.Next(400); i > 0 && go.TryPop(out Binding? binding); i--)
            {
                broker.Host.Unbind(binding);
            }
        }

        Assert.True(turns > 1);
        Assert.Subset(met, stay.ToHashSet());
    }

    private static ShortString Name(string name) => ShortString.FromString(name);

    private static MessageQueue Add(VirtualHost host, string name) =>
        host.AddQueue(new QueueDeclaration(Name(name), Durable: false), null, QueueArguments.None);
}
