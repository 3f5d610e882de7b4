using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>
/// Random histories of publishes, passing time, syncs, checkpoints and crashes: what was confirmed comes exactly once, nothing
/// comes twice, and the journal gives back the state that was durable.
/// </summary>
public sealed class KeptThroughCrashTests
{
    private enum Act
    {
        Delay,
        Deduplicate,
        Remember,
        Pass,
        Sync,
        Crash,
    }

    private static readonly Gen<(Act Act, int Number)[]> Histories = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Act.Delay)), (6, Gen.Const(Act.Deduplicate)), (3, Gen.Const(Act.Remember)),
            (4, Gen.Const(Act.Pass)), (3, Gen.Const(Act.Sync)), (1, Gen.Const(Act.Crash))),
        Gen.Int[0, 40]).Array[1, 120];

    [Fact]
    public void What_was_confirmed_comes_once_and_nothing_comes_twice() => Histories.Sample(Run, iter: 200, threads: 1);

    private static void Run((Act Act, int Number)[] history)
    {
        var brokers = new List<TestBroker>();
        var confirmed = new HashSet<string>();
        var broker = new TestBroker(stepped: true);
        brokers.Add(broker);
        TestChannel channel = Open(broker);
        var published = new Publishes(confirmed);
        Declare(channel, broker);
        int id = 0;
        foreach ((Act act, int number) in history)
        {
            switch (act)
            {
                case Act.Delay:
                    Publish(channel, published, $"delayed {id++}", "delay", $"x-delay=I:{number * 10}");
                    break;
                case Act.Deduplicate:
                    Publish(channel, published, $"key {number}", "once", $"x-deduplication-header=I:{number}");
                    break;
                case Act.Remember:
                    Publish(channel, published, $"remembered {id++}", "recent", "");
                    break;
                case Act.Pass:
                    broker.Advance(number * 5);
                    break;
                case Act.Sync:
                    broker.Sync();
                    break;
                default:
                    broker = broker.Restart();
                    brokers.Add(broker);
                    channel = Open(broker);
                    published = new Publishes(confirmed);
                    break;
            }

            published.Confirm(channel);
        }

        broker.Advance(1000);
        broker.Sync();
        published.Confirm(channel);
        Assert.Equal(broker.HashOfSecondCore(), DurableState.Hash(broker.Host));
        string[] got = channel.Drain("q");
        Assert.Equal(got.Length, got.Distinct().Count());
        Assert.Empty(confirmed.Except(got));

        // The history is the end of what was remembered.
        string[] remembered = [.. got.Where(b => b.StartsWith("remembered", StringComparison.Ordinal))];
        channel.Send(new QueueDeclare(TestChannel.Name("late"), Passive: false, Durable: false, Exclusive: false, AutoDelete: false, NoWait: false, FieldTable.Empty));
        channel.Client.Expect<QueueDeclareOk>();
        channel.Bind("late", "recent");
        Assert.Equal(remembered.TakeLast(5), channel.Drain("late"));
        brokers.ForEach(b => b.Dispose());
    }

    private static TestChannel Open(TestBroker broker)
    {
        TestChannel channel = broker.Connect().OpenChannel();
        channel.SelectConfirms();
        return channel;
    }

    private static void Declare(TestChannel channel, TestBroker broker)
    {
        foreach ((string name, string type, string arguments) in new[]
        {
            ("delay", "x-delayed-message", "x-delayed-type=S:fanout"),
            ("once", "x-message-deduplication", "x-cache-size=I:1000"),
            ("recent", "x-recent-history", "x-recent-history-length=I:5"),
        })
        {
            channel.Send(new ExchangeDeclare(TestChannel.Name(name), TestChannel.Name(type), Passive: false, Durable: true, AutoDelete: false, Internal: false, NoWait: true, Fields.Table(arguments)));
            channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: false, Durable: true, Exclusive: false, AutoDelete: false, NoWait: true, FieldTable.Empty));
            channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name(name), ShortString.Empty, NoWait: true, FieldTable.Empty));
        }

        broker.Sync();
    }

    private static void Publish(TestChannel channel, Publishes published, string body, string exchange, string headers)
    {
        published.Bodies.Enqueue(body);
        channel.Publish("", body, exchange, persistent: true, properties: p => p.SetHeaders(Fields.Table(headers)));
    }

    /// <summary>What was published on a channel and not confirmed yet.</summary>
    private sealed class Publishes(HashSet<string> confirmed)
    {
        private ulong _confirmed;

        internal Queue<string> Bodies { get; } = new();

        internal void Confirm(TestChannel channel)
        {
            while (channel.Client.ReceivedCount > 0)
            {
                BasicAck ack = channel.Client.Expect<BasicAck>();
                Assert.True(ack.Multiple || ack.DeliveryTag == _confirmed + 1);
                for (; _confirmed < ack.DeliveryTag; _confirmed++)
                {
                    confirmed.Add(Bodies.Dequeue());
                }
            }
        }
    }
}
